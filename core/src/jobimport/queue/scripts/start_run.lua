-- Start a run. ARGV: run, fields as JSON object, tasks as JSON list of [id, kind, partition, payload].
-- Reply: 1, or 0 where the run is there already. Promise: P2, may be said any number of times.
local run, fields, tasks = ARGV[1], cjson.decode(ARGV[2]), cjson.decode(ARGV[3])
if call('EXISTS', run_key(run)) == 1 then return 0 end
for name, value in pairs(fields) do call('HSET', run_key(run), name, value) end
call('HSET', run_key(run), 'snapshot', ARGV[4], 'state', 'running', 'active', 0, 'pending', 0,
  'pages_known', 0, 'pages_done', 0, 'pages_failed', 0, 'retries', 0, 'crashes', 0, 'waiting', 0,
  'planned', 0, 'started_at', whole(NOW))
call('SADD', RUNS, run)
for _, task in ipairs(tasks) do
  if add_task(run, task[1], task[2], task[3], task[4]) then queue_task(run, task[1], false) end
end
settle(run)
emit('run.started', run, { reason = fields.reason })
return 1
