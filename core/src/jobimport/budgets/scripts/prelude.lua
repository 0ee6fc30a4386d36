-- Shared by the scripts of a host's budget: it stands before each of them. KEYS[1] is the host's
-- prefix, ji:{host/<host>}: , and every key of the budget begins with it, so that all are in one slot.
-- Times are microseconds of Redis' clock. The keys:
--   state   hash: what the host asked for (blocked, gap, slowed), and what is remembered (hold, ...)
--   specs   hash: import -> `<requests> <period> <in flight> <seen>`; 0 where a spec sets no limit
--   flight  sorted set: requests under way by the time at which their lease ends
--   past    sorted set: requests that were answered, by the time of the answer's head
local P = KEYS[1]
local STATE, SPECS, FLIGHT, PAST = P .. 'state', P .. 'specs', P .. 'flight', P .. 'past'
local MS, SECOND, HOUR = 1000, 1000000, 3600000000
local MOST_PAST = 2000

local call = redis.call
local clock = call('TIME')
local NOW = tonumber(clock[1]) * 1000000 + tonumber(clock[2])

local function whole(number) return string.format('%.0f', number) end
local function state(field) return tonumber(call('HGET', STATE, field) or '0') or 0 end

-- Forget the host some time after its last request; never while a limit's period runs.
local function keep(widest)
  local ms = whole((math.max(state('blocked') - NOW, 0) + 2 * widest + HOUR) / MS)
  for _, key in ipairs({ STATE, SPECS, FLIGHT, PAST }) do call('PEXPIRE', key, ms) end
end

-- A request counts in each period from its answer on, not from its start: it reached the source
-- somewhere in between, and so no window of the source's clock can hold more than the budget.
local function remember(id, at, widest)
  if widest == 0 then return end
  call('ZADD', PAST, whole(at), id)
  call('ZREMRANGEBYSCORE', PAST, '-inf', whole(NOW - widest))
  call('ZREMRANGEBYRANK', PAST, 0, -MOST_PAST - 1)
end
