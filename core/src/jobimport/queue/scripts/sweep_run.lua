-- One bounded step over the tasks of a run. ARGV: run, cursor, 'drop' | 'forget'.
-- drop: what is not in work is over (the run was cancelled). forget: the tasks' keys go.
-- Reply: the next cursor, '0' at the end; the end of forget removes the run itself.
local run, cursor, mode = ARGV[1], ARGV[2], ARGV[3]
local reply = call('SSCAN', run_key(run) .. ':tasks', cursor, 'COUNT', 300)
for _, task in ipairs(reply[2]) do
  local state, kind = unpack(call('HMGET', task_key(task), 'state', 'kind'))
  if mode == 'forget' then
    if state == 'ready' or state == 'leased' then let_go(run, task) end
    call('ZREM', RETRY, task)
    call('DEL', task_key(task))
  elseif kind ~= 'finalize' and (state == 'ready' or state == 'retry' or state == 'backlog') then
    if state == 'ready' then let_go(run, task) end
    if state == 'retry' then
      call('ZREM', RETRY, task)
      call('HINCRBY', run_key(run), 'waiting', -1)
    end
    close_task(run, task, 'dropped', 'the run was cancelled')
  end
end
if reply[1] == '0' then
  call('DEL', backlog_key(run))
  if mode == 'forget' then
    local key = run_key(run)
    call('DEL', key, key .. ':tasks', key .. ':partials', key .. ':open', key .. ':report')
    call('SREM', RUNS, run)
  elseif call('EXISTS', run_key(run)) == 1 then
    settle(run)
  end
end
return reply[1]
