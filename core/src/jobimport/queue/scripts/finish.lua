-- Finish tasks: acknowledge, account, add what follows from each, release the next.
-- ARGV, seven for each task: task, token, counts as JSON list, follow-ups as JSON list of
-- [id, kind, partition, payload], open walks as JSON list of partitions, '1' where this page's walk
-- has all its pages known, outcome as JSON or ''. Reply: for each 1, or 0 for a stale token.
-- Promise: P1, a task is accounted for once: only the holder of the newest token gets past `holds`,
-- and the task is done from then on.
local function list(text) return text == '[]' and {} or cjson.decode(text) end

local function finish(task, token, counts, follow_ups, open_walks, walk_closed, outcome)
  if not holds(task, token) then return 0 end
  local run, kind, partition = unpack(call('HMGET', task_key(task), 'run', 'kind', 'partition'))
  local key = run_key(run)
  let_go(run, task, 'state', 'done', 'payload', '')
  if kind == 'finalize' then
    call('HSET', key, 'state', 'finished', 'finished_at', whole(NOW), 'outcome', outcome)
    emit('run.finished', run, outcome ~= '' and cjson.decode(outcome) or {})
    return 1
  end
  if call('HDEL', key, 'blocked') == 1 then emit('run.unblocked', run, { task = task }) end
  if kind == 'page' then
    call('HINCRBY', key, 'pages_done', 1)
    call('HDEL', key .. ':partials', task)
    for index, name in ipairs(COUNTS) do
      if counts[index] ~= 0 then call('HINCRBY', key, name, counts[index]) end
    end
  else
    call('HSET', key, 'planned', 1)
  end
  if (#open_walks > 0 or #follow_ups > 0) and not cancelled(run) then
    for _, walk in ipairs(open_walks) do call('SADD', key .. ':open', walk) end
    for _, each in ipairs(follow_ups) do
      if add_task(run, each[1], each[2], each[3], each[4]) then queue_task(run, each[1], false) end
    end
  end
  if walk_closed then call('SREM', key .. ':open', partition) end
  local pending = call('HINCRBY', key, 'pending', -1)
  release(run)
  settle(run, pending)
  emit('run.progress', run, { task = task })
  return 1
end

local answers = {}
for index = 1, #ARGV, 7 do
  answers[#answers + 1] = finish(ARGV[index], ARGV[index + 1], cjson.decode(ARGV[index + 2]),
    list(ARGV[index + 3]), list(ARGV[index + 4]), ARGV[index + 5] == '1', ARGV[index + 6])
end
return answers
