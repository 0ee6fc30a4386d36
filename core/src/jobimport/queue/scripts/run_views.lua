-- Runs as they are now. ARGV: runs. Reply: for each a JSON object of its fields, all of them texts but
-- the numbers `backlog` and `open`, with `partials` where there are some; nil where it is not known.
-- One text for each run: a reader takes far longer for sixty small values.
local names = { 'import', 'uid', 'sequence', 'generation', 'reason', 'state', 'pages_done',
  'pages_known', 'pages_failed', 'retries', 'crashes', 'active', 'waiting', 'planned',
  'next_retry_at', 'last_error', 'blocked', 'started_at', 'finished_at', 'outcome',
  'records', 'filtered', 'inserted', 'updated', 'unchanged', 'reopened', 'rejected' }

local function view(run)
  local key = run_key(run)
  if call('EXISTS', key) == 0 then return false end
  local values = call('HMGET', key, unpack(names))
  local found = { backlog = call('LLEN', backlog_key(run)), open = call('SCARD', key .. ':open') }
  for index, name in ipairs(names) do found[name] = values[index] or '' end
  local partials = call('HVALS', key .. ':partials')
  if partials[1] then found.partials = partials end
  return cjson.encode(found)
end

local views = {}
for index, run in ipairs(ARGV) do views[index] = view(run) end
return views
