#!lua
-- Takes one from a limit by itself (of a client, an API key, a tenant), if it lets us.
-- KEYS 1 the limit. ARGV 1 '<i8i8' microseconds per item, microseconds per period.
-- Returns {ms, 0} or {ms, milliseconds to wait}: nothing was taken then.
-- include lib_record.lua
-- include lib_limit.lua
local now_ms, now_us = now()
local interval, period = struct.unpack('<i8i8', ARGV[1])
local wait_ms, arrival = limit_ask(KEYS[1], interval, period, now_us)
if wait_ms > 0 then return {now_ms, wait_ms} end
limit_take(KEYS[1], arrival, now_us)
return {now_ms, 0}
