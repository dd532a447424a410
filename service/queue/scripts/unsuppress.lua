#!lua flags=allow-oom
-- Takes a recipient off the suppression list.
--
-- KEYS  1 the suppression · 2 the index of its tenant
-- ARGV  none
-- Returns {now, what stood (nil if nothing)}.

-- include lib_time.lua
-- include lib_suppression.lua

return {now_ms, unsuppress(KEYS[1], KEYS[2], 255) or false}
