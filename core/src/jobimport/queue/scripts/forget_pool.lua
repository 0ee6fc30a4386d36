-- Remove what is left of a pool that has nothing to do and no workers. Reply: 1, or 0 where there
-- is something. Promise: P2, whoever starts a run here later finds a new and empty queue.
if call('SCARD', RUNS) > 0 or call('XLEN', READY) > 0 or call('ZCARD', ONE_OFFS) > 0
  or call('ZCARD', LEASES) > 0 or call('ZCARD', RETRY) > 0 or call('ZCOUNT', P .. 'seen', NOW - 60000, '+inf') > 0 then
  return 0
end
call('DEL', READY, WAKE, RETRY, LEASES, EVENTS, RUNS, FENCE, ONE_OFFS, P .. 'epoch', P .. 'workers',
  P .. 'seen', P .. 'drain')
return 1
