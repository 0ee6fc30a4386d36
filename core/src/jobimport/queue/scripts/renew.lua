-- Keep leases. ARGV: lease in ms, then for each: task, token, partial counts as JSON list or ''.
-- Reply: for each 'held', 'lost' or 'cancelled'. Promise: P1, a stale token renews nothing.
local lease_ms, answers = tonumber(ARGV[1]), {}
for index = 2, #ARGV, 3 do
  local task, token, partial = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  if not holds(task, token) then
    answers[#answers + 1] = 'lost'
  else
    local run = call('HGET', task_key(task), 'run')
    call('ZADD', LEASES, NOW + lease_ms, task)
    if is_one_off(run) then keep_alive(task, lease_ms) end
    if partial ~= '' then
      local key = run_key(run) .. ':partials'
      local before = call('HGET', key, task)
      if not before or cjson.decode(before)[1] <= cjson.decode(partial)[1] then
        call('HSET', key, task, partial)
        emit('run.progress', run, { task = task })
      end
    end
    local kind = call('HGET', task_key(task), 'kind')
    answers[#answers + 1] = cancelled(run) and kind ~= 'finalize' and 'cancelled' or 'held'
  end
end
return answers
