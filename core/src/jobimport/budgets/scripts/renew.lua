-- Say that requests are still under way. ARGV: lease in ms, then their ids.
-- Reply: how many of them are known. A request whose lease was over takes its slot again, since it
-- is under way whatever the budget thinks.
local lease, known = tonumber(ARGV[1]) * MS, 0
for index = 2, #ARGV do
  known = known + (call('ZSCORE', FLIGHT, ARGV[index]) and 1 or 0)
  call('ZREM', PAST, ARGV[index])
  call('ZADD', FLIGHT, whole(NOW + lease), ARGV[index])
end
keep(lease)
return known
