-- The pool's load. ARGV: horizon in ms for retries that are due soon.
-- Reply: {epoch, ready, leased, retry, due soon, backlog, age of the oldest ready task in ms,
-- runs, workers as {id, JSON, heartbeat age in ms, busy, draining 0|1}}.
give_up_one_offs(100)
local horizon, busy, backlog = tonumber(ARGV[1]), {}, 0
local leased = call('ZRANGE', LEASES, 0, -1)
for _, task in ipairs(leased) do
  local worker = call('HGET', task_key(task), 'worker')
  if worker then busy[worker] = (busy[worker] or 0) + 1 end
end
local runs = call('SMEMBERS', RUNS)
for _, run in ipairs(runs) do backlog = backlog + call('LLEN', backlog_key(run)) end
local delivered, age = '-', 0
local groups = redis.pcall('XINFO', 'GROUPS', READY)
if groups[1] then
  for index = 1, #groups[1], 2 do
    if groups[1][index] == 'last-delivered-id' then delivered = '(' .. groups[1][index + 1] end
  end
end
local oldest = call('XRANGE', READY, delivered, '+', 'COUNT', 1)
if oldest[1] then age = math.max(NOW - tonumber(string.match(oldest[1][1], '^%d+')), 0) end
local workers = {}
local described = call('HGETALL', P .. 'workers')
for index = 1, #described, 2 do
  local id = described[index]
  local drain = call('ZSCORE', P .. 'drain', id)
  workers[#workers + 1] = { id, described[index + 1], NOW - tonumber(call('ZSCORE', P .. 'seen', id) or '0'),
    busy[id] or 0, drain and tonumber(drain) > NOW and 1 or 0 }
end
return { call('GET', P .. 'epoch') or '', math.max(call('XLEN', READY) - #leased, 0), #leased,
  call('ZCARD', RETRY), call('ZCOUNT', RETRY, '-inf', NOW + horizon), backlog, age, runs, workers }
