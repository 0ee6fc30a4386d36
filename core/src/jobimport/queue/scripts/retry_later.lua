-- Try a task again later. ARGV: task, token, delay in ms, reason, '1' where an attempt is used up,
-- 'turn' where nothing went wrong: the task waits for its turn, and that counts as no retry;
-- 'blocked' where a person has to mend something first: the run says so until a task is done.
-- Reply: 1, or 0 for a stale token. Promise: P5, it gets ready when it is due, not at the next poll:
-- `wake` tells the idle workers that there is a new time to wait for.
local task, token, delay, reason = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
if not holds(task, token) then return 0 end
local run, kind = unpack(call('HMGET', task_key(task), 'run', 'kind'))
let_go(run, task)
if kind ~= 'finalize' and cancelled(run) then
  close_task(run, task, 'dropped', 'the run was cancelled')
  return 1
end
local due = NOW + delay
if ARGV[5] == '1' then call('HINCRBY', task_key(task), 'attempts', 1) end
call('HSET', task_key(task), 'state', 'retry', 'error', reason)
call('ZADD', RETRY, due, task)
if not is_one_off(run) then
  local key = run_key(run)
  if ARGV[5] ~= 'turn' then
    if ARGV[5] ~= 'blocked' then call('HINCRBY', key, 'retries', 1) end
    call('HSET', key, 'last_error', reason)
  end
  if ARGV[5] == 'blocked' and call('HGET', key, 'blocked') ~= reason then
    call('HSET', key, 'blocked', reason)
    emit('run.blocked', run, { task = task, reason = reason })
  end
  call('HINCRBY', key, 'waiting', 1)
  local next_retry = number(key, 'next_retry_at')
  if next_retry < NOW or due < next_retry then call('HSET', key, 'next_retry_at', whole(due)) end
end
emit('task.retry', run, { task = task, reason = reason, delayMs = delay })
release(run)
wake()
return 1
