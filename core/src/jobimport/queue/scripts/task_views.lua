-- Tasks of a run, a page of them. ARGV: run, cursor, count.
-- Reply: {next cursor, {id, kind, partition, state, attempts, crashes, error, worker} …}.
local reply, tasks = call('SSCAN', run_key(ARGV[1]) .. ':tasks', ARGV[2], 'COUNT', ARGV[3]), {}
for _, task in ipairs(reply[2]) do
  local values = call('HMGET', task_key(task), 'kind', 'partition', 'state', 'attempts', 'crashes',
    'error', 'worker')
  for index = 1, 7 do values[index] = values[index] or '' end
  tasks[#tasks + 1] = { task, unpack(values) }
end
return { reply[1], tasks }
