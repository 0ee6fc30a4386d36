-- Put a one-off task into the ready queue. ARGV: task, kind, import, payload, bound.
-- Reply: 1, or 0 where `bound` of them are open already. Promise: the same as for any other task, so
-- that workers, leases, recovery and the autoscaler's load need to know nothing of it.
local task, kind, import, payload, bound = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
if call('EXISTS', task_key(task)) == 1 then return 1 end
give_up_one_offs(100)
if call('ZCARD', ONE_OFFS) >= bound then return 0 end
call('HSET', task_key(task), 'run', '', 'kind', kind, 'partition', '', 'payload', payload,
  'import', import, 'attempts', 0, 'crashes', 0)
call('ZADD', ONE_OFFS, NOW + ONE_OFF_MS, task)
make_ready('', task)
emit('task.asked', '', { task = task, kind = kind })
return 1
