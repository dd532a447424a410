#!lua
-- Puts a recipient on the suppression list.
--
-- KEYS  1 the suppression · 2 the index of its tenant
-- ARGV  1 '<BBi8I4' cause, strength, life in ms (0 for good), how many the index may hold · 2 facts
-- Returns {now, 0 done, 1 a stronger one stands, 2 the index is full, what stands (nil if nothing)}.

-- include lib_time.lua
-- include lib_suppression.lua

local cause, strength, life_ms, kept_max = struct.unpack('<BBi8I4', ARGV[1])
local answer = suppress(KEYS[1], KEYS[2], cause, strength, life_ms, kept_max, ARGV[2])
return {now_ms, answer, redis.call('GET', KEYS[1])}
