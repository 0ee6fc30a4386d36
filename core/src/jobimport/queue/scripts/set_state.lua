-- Cancel, pause or resume a run. ARGV: run, 'cancelled' | 'paused' | 'running'.
-- Reply: 1 where the state changed. A cancelled or finished run stays what it is.
local run, wanted = ARGV[1], ARGV[2]
local state = call('HGET', run_key(run), 'state')
if state ~= 'running' and state ~= 'paused' or state == wanted then return 0 end
call('HSET', run_key(run), 'state', wanted)
local kinds = { cancelled = 'run.cancelled', paused = 'run.paused', running = 'run.resumed' }
emit(kinds[wanted], run, {})
if wanted == 'running' then release(run) end
return 1
