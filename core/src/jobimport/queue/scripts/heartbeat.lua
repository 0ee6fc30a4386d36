-- A worker lives, or has gone. ARGV: worker, JSON or '' where it retires. Reply: 1.
-- Workers that were not heard of for ten minutes are forgotten.
local worker = ARGV[1]
if ARGV[2] == '' then
  call('HDEL', P .. 'workers', worker)
  call('ZREM', P .. 'seen', worker)
  call('ZREM', P .. 'drain', worker)
else
  call('HSET', P .. 'workers', worker, ARGV[2])
  call('ZADD', P .. 'seen', NOW, worker)
end
for _, gone in ipairs(call('ZRANGEBYSCORE', P .. 'seen', '-inf', NOW - 600000, 'LIMIT', 0, 100)) do
  call('HDEL', P .. 'workers', gone)
  call('ZREM', P .. 'seen', gone)
end
return 1
