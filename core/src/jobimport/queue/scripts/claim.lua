-- Take up to `limit` tasks. ARGV: worker, limit, lease in ms, batch of the upkeep.
-- Reply: {now, next due in ms or -1, last id of ready, last id of wake, tasks}; a task is
-- {id, run, kind, partition, payload, token, attempt, crashes}.
-- Promises: P5 retries that are due get ready first; P3 expired leases are recovered; P1 tokens
-- grow with every claim, also after a loss of all data, since they are never below the clock.
local worker, limit, lease_ms, batch = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local function promote()
  local due = call('ZRANGEBYSCORE', RETRY, '-inf', NOW, 'LIMIT', 0, batch)
  for _, task in ipairs(due) do
    call('ZREM', RETRY, task)
    local run = call('HGET', task_key(task), 'run')
    if run then
      if not is_one_off(run) then call('HINCRBY', run_key(run), 'waiting', -1) end
      requeue(run, task)
    end
  end
end

local last_token = nil
local function next_token()
  last_token = math.max((last_token or tonumber(call('GET', FENCE) or '0')) + 1, NOW_US)
  return whole(last_token)
end

local states = {}
local function state_of(run)
  if not states[run] then states[run] = call('HGET', run_key(run), 'state') end
  return states[run]
end

local function take(task)
  local run, kind, partition, payload, attempts, crashes =
    unpack(call('HMGET', task_key(task), 'run', 'kind', 'partition', 'payload', 'attempts', 'crashes'))
  if is_one_off(run) then
    keep_alive(task, lease_ms)
  elseif kind ~= 'finalize' and state_of(run) ~= 'running' then
    let_go(run, task)
    requeue(run, task)
    return nil
  end
  local token = next_token()
  call('HSET', task_key(task), 'state', 'leased', 'token', token, 'worker', worker)
  call('ZADD', LEASES, NOW + lease_ms, task)
  return { task, run, kind, partition, payload, token, tonumber(attempts) + 1, tonumber(crashes) }
end

local function read(count)
  local reply = redis.pcall('XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', count, 'STREAMS', READY, '>')
  if reply and reply.err then
    if not string.find(reply.err, 'NOGROUP') then error(reply.err) end
    call('XGROUP', 'CREATE', READY, GROUP, '0', 'MKSTREAM')
    reply = call('XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', count, 'STREAMS', READY, '>')
  end
  return reply and reply[1] and reply[1][2] or {}
end

local function last_id(stream)
  local info = redis.pcall('XINFO', 'STREAM', stream)
  if info.err then return '0-0' end
  for index = 1, #info, 2 do
    if info[index] == 'last-generated-id' then return info[index + 1] end
  end
end

local function draining()
  local till = call('ZSCORE', P .. 'drain', worker)
  return till and tonumber(till) > NOW
end

local function next_due()
  local due = nil
  for _, key in ipairs({ RETRY, LEASES }) do
    local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
    if first[2] and (not due or tonumber(first[2]) < due) then due = tonumber(first[2]) end
  end
  return due and math.max(due - NOW, 0) or -1
end

promote()
recover(batch)
give_up_one_offs(batch)
local tasks = {}
if limit > 0 and not draining() then
  local rounds = 0
  while #tasks < limit and rounds < 8 do
    rounds = rounds + 1
    local entries = read(limit - #tasks)
    if #entries == 0 then break end
    for _, entry in ipairs(entries) do
      local id, task = entry[1], entry[2][2]
      if call('HGET', task_key(task), 'entry') == id then
        local taken = take(task)
        if taken then tasks[#tasks + 1] = taken end
      else
        call('XACK', READY, GROUP, id)
        call('XDEL', READY, id)
      end
    end
  end
end
if last_token then call('SET', FENCE, whole(last_token)) end
return { whole(NOW), next_due(), last_id(READY), last_id(WAKE), tasks }
