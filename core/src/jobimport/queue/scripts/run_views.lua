-- Runs as they are now. ARGV: runs. Reply: for each {fields and values …}, or nil where it is not
-- known.
local names = { 'import', 'uid', 'sequence', 'generation', 'reason', 'state', 'pages_done',
  'pages_known', 'pages_failed', 'retries', 'crashes', 'active', 'waiting', 'planned',
  'next_retry_at', 'last_error', 'blocked', 'started_at', 'finished_at', 'outcome',
  'records', 'filtered', 'inserted', 'updated', 'unchanged', 'reopened', 'rejected' }

local function view(run)
  local key = run_key(run)
  if call('EXISTS', key) == 0 then return false end
  local values = call('HMGET', key, unpack(names))
  local reply = { 'backlog', call('LLEN', backlog_key(run)), 'open', call('SCARD', key .. ':open') }
  for index, name in ipairs(names) do
    reply[#reply + 1] = name
    reply[#reply + 1] = values[index] or ''
  end
  for _, partial in ipairs(call('HVALS', key .. ':partials')) do
    reply[#reply + 1] = 'partial'
    reply[#reply + 1] = partial
  end
  return reply
end

local views = {}
for index, run in ipairs(ARGV) do views[index] = view(run) end
return views
