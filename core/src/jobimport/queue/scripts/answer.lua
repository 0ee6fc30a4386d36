-- Answer a one-off task. ARGV: task, token, result as JSON. Reply: 1, or 0 for a stale token.
-- Promise: P1, only the holder of the newest token answers.
local task, token, result = ARGV[1], ARGV[2], ARGV[3]
if not holds(task, token) then return 0 end
let_go('', task)
answer(task, 'done', 'result', result)
return 1
