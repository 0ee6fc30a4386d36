-- Put tasks with expired leases back. ARGV: limit. Reply: how many there were. Promise: P3.
return recover(tonumber(ARGV[1]))
