-- Where a one-off task stands. ARGV: task. Reply: {state, result, error, import}, or nil where it is not known.
give_up_one_offs(100)
local state, result, problem, import, run =
  unpack(call('HMGET', task_key(ARGV[1]), 'state', 'result', 'error', 'import', 'run'))
if not state or not is_one_off(run) then return nil end
return { state, result or '', problem or '', import or '' }
