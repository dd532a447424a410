#!lua
-- Puts a recipient on the suppression list.
--
-- KEYS  1 the suppression · 2 the index of its tenant · 3 events
-- ARGV  1 '<BBi8I4' cause, strength, life in ms (0 for good), how many the index may hold · 2 facts · 3 its id · 4 tenant
-- Returns {now, 0 done, 1 a stronger one stands, 2 the index is full, what stands (nil if nothing)}.

-- include lib_time.lua
-- include lib_event.lua
-- include lib_suppression.lua

local cause, strength, life_ms, kept_max = struct.unpack('<BBi8I4', ARGV[1])
local answer = suppress(KEYS[1], KEYS[2], cause, strength, life_ms, kept_max, ARGV[2])
if answer == 0 then suppression_event(KEYS[3], KEYS[1], ARGV[3], ARGV[4], 1) end
return {now_ms, answer, redis.call('GET', KEYS[1])}
