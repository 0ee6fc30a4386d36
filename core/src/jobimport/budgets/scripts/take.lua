-- Ask for one request to the host. ARGV: id of the request, its lease in ms, import, its limits as
-- `<requests> <period> <in flight>` or '' for none.
-- Reply: {1, time of the grant}, or {0, ms until the caller's turn, why: pause, slow, flight, rate}.
-- Promises: in any period no more requests than the strictest spec allows, and no more under way;
-- nothing before the end of a pause that the host asked for. The slot of a worker that died is back
-- when its lease is over. Waiting callers are told different times, so that they don't come at once.
local id, lease, import, limits = ARGV[1], tonumber(ARGV[2]) * MS, ARGV[3], ARGV[4]
local RULES_FOR = 10 * SECOND
local MOST_RULES = 32
local MOST_TURNS_AHEAD = 60 * SECOND

-- The limits of all specs that used this host lately; a spec's own are replaced as it changes.
local function read_specs()
  local rules, in_flight, widest, seen = {}, 0, 0, {}
  local specs = call('HGETALL', SPECS)
  for index = 1, #specs, 2 do
    local n, period, flight, at = string.match(specs[index + 1], '^(%d+) (%d+) (%d+) (%d+)$')
    n, period, flight, at = tonumber(n), tonumber(period), tonumber(flight), tonumber(at)
    if at + math.max(HOUR, 2 * period) < NOW then
      call('HDEL', SPECS, specs[index])
    else
      if flight > 0 and (in_flight == 0 or flight < in_flight) then in_flight = flight end
      local name = whole(n) .. ':' .. whole(period)
      if n > 0 and not seen[name] then
        seen[name] = true
        rules[#rules + 1] = { n, period }
        widest = math.max(widest, period)
      end
    end
  end
  table.sort(rules, function(a, b) return a[1] / a[2] < b[1] / b[2] end)
  for index = #rules, MOST_RULES + 1, -1 do rules[index] = nil end
  call('HSET', STATE, 'rules', cjson.encode({ rules, in_flight, widest }), 'rules_at', whole(NOW))
  return rules, in_flight, widest
end

local function rules_now()
  local before = call('HGET', SPECS, import)
  local same = (before and string.match(before, '^(.*) %d+$') or '') == limits
  if limits ~= '' then
    call('HSET', SPECS, import, limits .. ' ' .. whole(NOW))
  elseif before then
    call('HDEL', SPECS, import)
  end
  local known = call('HGET', STATE, 'rules')
  if not (same and known and state('rules_at') > NOW - RULES_FOR) then return read_specs() end
  local read = cjson.decode(known)
  return read[1], read[2], read[3]
end

local rules, in_flight, widest = rules_now()

local dead = call('ZRANGEBYSCORE', FLIGHT, '-inf', whole(NOW), 'WITHSCORES')
for index = 1, #dead, 2 do remember(dead[index], tonumber(dead[index + 1]), widest) end
if #dead > 0 then call('ZREMRANGEBYSCORE', FLIGHT, '-inf', whole(NOW)) end

local flying, hold = call('ZCARD', FLIGHT), math.max(state('hold'), 50 * MS)
local wait, why = 0, ''
local function not_before(time, reason)
  if time - NOW > wait then wait, why = time - NOW, reason end
end

local gap = state('gap')
local apart = gap
not_before(state('last') + gap, 'slow')
not_before(state('blocked'), 'pause')
if in_flight > 0 then
  apart = math.max(apart, hold / in_flight)
  if flying >= in_flight then not_before(NOW + hold / in_flight, 'flight') end
end
for _, rule in ipairs(rules) do
  local n, period = rule[1], rule[2]
  local since = '(' .. whole(NOW - period)
  local over = flying + call('ZCOUNT', PAST, since, '+inf') - n
  apart = math.max(apart, period / n)
  if over >= 0 then
    local first = call('ZRANGEBYSCORE', PAST, since, '+inf', 'WITHSCORES', 'LIMIT', over, 1)
    not_before(first[2] and tonumber(first[2]) + period or NOW + hold, 'rate')
  end
end

if wait > 0 then
  local turns = state('turns')
  local turn = NOW + wait
  if turns > NOW then turn = math.max(turn, math.min(turns + apart, turn + MOST_TURNS_AHEAD)) end
  call('HSET', STATE, 'turns', whole(turn))
  keep(widest)
  return { 0, whole(math.ceil((turn - NOW) / MS)), why }
end
call('ZADD', FLIGHT, whole(NOW + lease), id)
call('HSET', STATE, 'last', whole(NOW))
keep(widest)
return { 1, whole(NOW) }
