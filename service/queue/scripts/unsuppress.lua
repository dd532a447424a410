#!lua flags=allow-oom
-- Takes a recipient off the suppression list.
--
-- KEYS  1 the suppression · 2 the index of its tenant · 3 events
-- ARGV  1 its id · 2 tenant
-- Returns {now, what stood (nil if nothing)}.

-- include lib_time.lua
-- include lib_event.lua
-- include lib_suppression.lua

local stood = unsuppress(KEYS[1], KEYS[2], 255)
if stood then suppression_event(KEYS[3], KEYS[1], ARGV[1], ARGV[2], 2) end
return {now_ms, stood or false}
