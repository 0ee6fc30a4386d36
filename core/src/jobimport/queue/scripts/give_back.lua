-- Give a task back untouched (a worker that has to stop). ARGV: task, token.
-- Reply: 1, or 0 for a stale token. Promise: P3, neither an attempt nor a crash is counted.
local task, token = ARGV[1], ARGV[2]
if not holds(task, token) then return 0 end
local run = call('HGET', task_key(task), 'run')
let_go(run, task)
requeue(run, task)
return 1
