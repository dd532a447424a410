#!lua
-- Takes one from a limit by itself (of a client, an API key, a tenant), if it lets us.
--
-- KEYS  1 the limit
-- ARGV  1 '<i8i8' microseconds per item, microseconds per period
-- Returns {now, milliseconds to wait}: 0 = taken, otherwise nothing was written.

-- include lib_time.lua
-- include lib_limit.lua

local interval, period = struct.unpack('<i8i8', ARGV[1])
local wait_ms, arrival = limit_ask(KEYS[1], interval, period)
if wait_ms == 0 then limit_take(KEYS[1], arrival) end
return {now_ms, wait_ms}
