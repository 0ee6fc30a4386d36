-- Add tasks to the run of a leased task. ARGV: task, token, JSON list of
-- [id, kind, partition, payload, counts or null]; with counts the task is done already (a run that
-- is resumed after Redis lost its data). Reply: 1, or 0 for a stale token.
-- Promise: P1, a task's id is added once.
local task, token, more = ARGV[1], ARGV[2], cjson.decode(ARGV[3])
if not holds(task, token) then return 0 end
local run = call('HGET', task_key(task), 'run')
if cancelled(run) then return 1 end
for _, each in ipairs(more) do
  if add_task(run, each[1], each[2], each[3], each[4]) then
    if type(each[5]) == 'table' then
      call('HSET', task_key(each[1]), 'state', 'done', 'payload', '')
      call('HINCRBY', run_key(run), 'pending', -1)
      call('HINCRBY', run_key(run), 'pages_done', 1)
      for index, name in ipairs(COUNTS) do call('HINCRBY', run_key(run), name, each[5][index]) end
    else
      queue_task(run, each[1], false)
    end
  end
end
return 1
