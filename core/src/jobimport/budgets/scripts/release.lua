-- A request is over. ARGV: id, time of its grant, ms since the head of its answer came, how the host
-- was: good, failed, slow (503) or pause (429, Retry-After), and for pause its ms.
-- Reply: the gap between two requests in ms.
-- Promises: a pause holds for every worker of every pool. Each round of complaints doubles the gap
-- between requests, once however many requests were under way; each good answer takes a third of it,
-- so that a host that answers two of three requests is never asked more and more slowly. Being
-- overloaded (slow) names no time, so its gap stays short: the page's own backoff waits as well.
local id, granted, since_head = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]) * MS
local outcome, pause = ARGV[4], tonumber(ARGV[5]) * MS
local FIRST_GAP, LEAST_GAP = 100 * MS, 10 * MS
local LONGEST_GAP = { slow = 2 * SECOND, pause = 30 * SECOND }

local widest = 0
local known = call('HGET', STATE, 'rules')
if known then widest = cjson.decode(known)[3] end
if call('ZREM', FLIGHT, id) == 1 then remember(id, NOW - since_head, widest) end

local hold = state('hold')
local took = math.max(NOW - granted, 0)
call('HSET', STATE, 'hold', whole(hold == 0 and took or hold * 0.8 + took * 0.2))

local gap = state('gap')
if outcome == 'slow' or outcome == 'pause' then
  if granted >= state('slowed') then
    gap = math.max(gap, math.min(math.max(gap * 2, FIRST_GAP), LONGEST_GAP[outcome]))
    call('HSET', STATE, 'gap', whole(gap), 'slowed', whole(NOW))
  end
  if NOW + pause > state('blocked') then call('HSET', STATE, 'blocked', whole(NOW + pause)) end
elseif outcome == 'good' and gap > 0 then
  gap = gap * 2 / 3
  if gap < LEAST_GAP then gap = 0 end
  call('HSET', STATE, 'gap', whole(gap))
end
keep(widest)
return whole(gap / MS)
