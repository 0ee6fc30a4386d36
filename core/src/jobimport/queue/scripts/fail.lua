-- A task failed for good. ARGV: task, token, reason. Reply: 1, or 0 for a stale token.
-- The run goes on with its other tasks; what failed makes it Partial in the end.
local task, token, reason = ARGV[1], ARGV[2], ARGV[3]
if not holds(task, token) then return 0 end
local run = call('HGET', task_key(task), 'run')
let_go(run, task)
if cancelled(run) and call('HGET', task_key(task), 'kind') ~= 'finalize' then
  close_task(run, task, 'dropped', 'the run was cancelled')
else
  close_task(run, task, 'failed', reason)
end
release(run)
return 1
