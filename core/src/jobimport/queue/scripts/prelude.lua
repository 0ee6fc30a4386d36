-- Shared by all scripts: it stands before each of them. KEYS[1] is the pool's prefix,
-- ji:{<namespace>/<pool>}: , and every key of the pool begins with it, so that all are in one slot.
local P = KEYS[1]
local READY, WAKE, RETRY, LEASES = P .. 'ready', P .. 'wake', P .. 'retry', P .. 'leases'
local EVENTS, RUNS, FENCE, GROUP = P .. 'events', P .. 'runs', P .. 'fence', 'workers'
local ONE_OFFS = P .. 'oneoffs'
local MAX_EVENTS = 20000
local ONE_OFF_MS, ONE_OFF_CRASHES = 600000, 3
local COUNTS = { 'records', 'filtered', 'inserted', 'updated', 'unchanged', 'reopened', 'rejected' }

local call = redis.call
local clock = call('TIME')
local NOW_US = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local NOW = math.floor(NOW_US / 1000)

local function whole(number) return string.format('%.0f', number) end
local function run_key(run) return P .. 'run:' .. run end
local function task_key(task) return P .. 'task:' .. task end
local function backlog_key(run) return P .. 'backlog:' .. run end
local function number(key, field) return tonumber(call('HGET', key, field) or '0') or 0 end

-- A one-off task belongs to no run: where others name theirs, it has ''. It is ready, leased and
-- recovered like any other, but no run accounts for it, and its life is bounded: `oneoffs` holds the
-- open ones by the time at which they are given up, and an answer expires.
local function is_one_off(run) return run == '' end

local imports = {}
local function emit(kind, run, data)
  local import = imports[run]
  if is_one_off(run) then
    import = call('HGET', task_key(data.task), 'import') or ''
  elseif not import then
    import = call('HGET', run_key(run), 'import') or ''
    imports[run] = import
  end
  call('XADD', EVENTS, 'MAXLEN', '~', MAX_EVENTS, '*', 'type', kind, 'import', import,
    'run', run, 'at', whole(NOW), 'data', cjson.encode(data))
end

local function wake() call('XADD', WAKE, 'MAXLEN', '1', '*', 'at', whole(NOW)) end

-- P4: a task gets ready only where its run has a free slot; else it waits in the run's backlog.
local function make_ready(run, task)
  local entry = call('XADD', READY, '*', 'task', task, 'run', run)
  call('HSET', task_key(task), 'state', 'ready', 'entry', entry)
  if not is_one_off(run) then call('HINCRBY', run_key(run), 'active', 1) end
end

local function has_slot(run)
  local state, active, limit = unpack(call('HMGET', run_key(run), 'state', 'active', 'concurrency'))
  return state == 'running' and tonumber(active) < tonumber(limit)
end

local function queue_task(run, task, front)
  if has_slot(run) then return make_ready(run, task) end
  call('HSET', task_key(task), 'state', 'backlog')
  call(front and 'LPUSH' or 'RPUSH', backlog_key(run), task)
end

local function release(run)
  while has_slot(run) do
    local task = call('LPOP', backlog_key(run))
    if not task then return end
    if call('HGET', task_key(task), 'state') == 'backlog' then make_ready(run, task) end
  end
end

-- When the last plan or page task of a run is over, its finalize task gets ready, whatever the
-- run's concurrency or pause: there is nothing left that it could compete with.
local function settle(run, pending)
  if (pending or number(run_key(run), 'pending')) > 0 then return end
  local task = run .. '/finalize'
  if call('EXISTS', task_key(task)) == 1 then return end
  call('HSET', task_key(task), 'run', run, 'kind', 'finalize', 'partition', '', 'payload', '{}',
    'attempts', 0, 'crashes', 0)
  call('SADD', run_key(run) .. ':tasks', task)
  make_ready(run, task)
end

local function add_task(run, task, kind, partition, payload)
  if call('EXISTS', task_key(task)) == 1 then return false end
  call('HSET', task_key(task), 'run', run, 'kind', kind, 'partition', partition,
    'payload', payload, 'attempts', 0, 'crashes', 0)
  call('SADD', run_key(run) .. ':tasks', task)
  call('HINCRBY', run_key(run), 'pending', 1)
  if kind == 'page' then call('HINCRBY', run_key(run), 'pages_known', 1) end
  return true
end

-- A task leaves the ready queue or the hands of its worker; `...` are more of its fields to set.
local function let_go(run, task, ...)
  local entry = call('HGET', task_key(task), 'entry')
  if entry and entry ~= '' then
    pcall(call, 'XACK', READY, GROUP, entry)
    call('XDEL', READY, entry)
  end
  call('ZREM', LEASES, task)
  call('HSET', task_key(task), 'entry', '', 'token', '', 'worker', '', ...)
  if not is_one_off(run) then call('HINCRBY', run_key(run), 'active', -1) end
end

-- The life of a one-off task is counted anew whenever a worker shows that it is at it.
local function keep_alive(task, lease_ms)
  call('ZADD', ONE_OFFS, NOW + lease_ms + ONE_OFF_MS, task)
end

-- A one-off task is over: `field` is 'result' or 'error', and `text` stays until the answer expires.
local function answer(task, state, field, text)
  call('HSET', task_key(task), 'state', state, 'payload', '', 'error', '', field, text)
  call('ZREM', ONE_OFFS, task)
  emit('task.answered', '', { task = task, state = state })
  call('PEXPIRE', task_key(task), ONE_OFF_MS)
end

-- One-off tasks that no worker took in time; also where no worker ever comes to claim.
local function give_up_one_offs(limit)
  for _, task in ipairs(call('ZRANGEBYSCORE', ONE_OFFS, '-inf', NOW, 'LIMIT', 0, limit)) do
    let_go('', task)
    call('ZREM', RETRY, task)
    answer(task, 'failed', 'error', 'no worker had time for it within '
      .. whole(ONE_OFF_MS / 60000) .. ' minutes; see the workers of the pool, then ask again')
  end
end

-- A task is over without having been done: failed, or dropped because its run was cancelled.
local function close_task(run, task, state, reason)
  if is_one_off(run) then return answer(task, 'failed', 'error', reason) end
  local kind = call('HGET', task_key(task), 'kind')
  call('HSET', task_key(task), 'state', state, 'error', reason, 'payload', '')
  call('HDEL', run_key(run) .. ':partials', task)
  if kind == 'finalize' then
    call('HSET', run_key(run), 'state', 'finished', 'finished_at', whole(NOW), 'last_error', reason)
    emit('run.finished', run, { error = reason })
    return
  end
  local pending = call('HINCRBY', run_key(run), 'pending', -1)
  if state == 'failed' then
    call('HINCRBY', run_key(run), 'pages_failed', 1)
    call('HSET', run_key(run), 'last_error', reason)
    emit('task.failed', run, { task = task, reason = reason })
  end
  settle(run, pending)
end

local function cancelled(run) return call('HGET', run_key(run), 'state') == 'cancelled' end

-- Back into the queue, in front of what has not been begun; of a cancelled run only finalize lives.
local function requeue(run, task)
  local kind = call('HGET', task_key(task), 'kind')
  if kind == 'finalize' or is_one_off(run) then return make_ready(run, task) end
  if cancelled(run) then return close_task(run, task, 'dropped', 'the run was cancelled') end
  queue_task(run, task, true)
end

-- P1: whoever holds an older token than the task's changes nothing.
local function holds(task, token)
  local state, current = unpack(call('HMGET', task_key(task), 'state', 'token'))
  return state == 'leased' and current == token
end

-- P3: a crash is not an attempt, but a task that kills its workers is stopped by its own bound.
local function recover(limit)
  local expired = call('ZRANGEBYSCORE', LEASES, '-inf', NOW, 'LIMIT', 0, limit)
  for _, task in ipairs(expired) do
    local run = call('HGET', task_key(task), 'run')
    if not run then
      call('ZREM', LEASES, task)
    else
      let_go(run, task)
      local crashes = call('HINCRBY', task_key(task), 'crashes', 1)
      local bound = ONE_OFF_CRASHES
      if not is_one_off(run) then
        call('HINCRBY', run_key(run), 'crashes', 1)
        bound = number(run_key(run), 'max_crashes')
      end
      emit('task.recovered', run, { task = task, crashes = crashes })
      if crashes > bound then
        close_task(run, task, 'failed', 'stopped: ' .. crashes .. ' workers died or lost their '
          .. 'lease while working on it (bound: ' .. bound .. '); see their logs, then request a retry')
        release(run)
      else
        requeue(run, task)
      end
    end
  end
  return #expired
end
