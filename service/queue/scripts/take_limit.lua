#!lua
-- Takes one from a limit by itself (of a client, an API key, a tenant), if it lets us.
--
-- KEYS  1 the limit
-- ARGV  1 '<I4i8i8' tag, microseconds per item, microseconds per period
-- Returns {now, milliseconds to wait}: 0 = taken, otherwise nothing was written.

-- include lib_time.lua
-- include lib_limit.lua

local stored = redis.call('GET', KEYS[1]) or ''
local limits = limits_of(stored, 1, #stored / LIMIT_BYTES)
local wait_ms = limit_take(limits, struct.unpack('<I4i8i8', ARGV[1]))
if wait_ms == 0 then
  local bytes, _, last_us = limits_bytes(limits)
  redis.call('SET', KEYS[1], bytes, 'PX', math.ceil((last_us - now_us) / 1000))
end
return {now_ms, wait_ms}
