-- Mark an idle worker, so that it claims no more. ARGV: worker, time in ms after which the mark ends.
-- Reply: 1 idle and marked, 0 busy and not marked. Promise: P8, checked and marked in one step.
local worker = ARGV[1]
for _, task in ipairs(call('ZRANGE', LEASES, 0, -1)) do
  if call('HGET', task_key(task), 'worker') == worker then return 0 end
end
call('ZADD', P .. 'drain', NOW + tonumber(ARGV[2]), worker)
return 1
