#!lua flags=allow-oom
-- Gives a webhook to one sender for a time, or renews what it has; says where the webhook stands.
--
-- KEYS  1 the webhook
-- ARGV  1 the sender's token · 2 for how many ms · 3 what its settings are known by · 4 ms that all this is kept
-- Returns {now, 0} when another sender has it, or {now, 1, cursor, failures, failing since, next attempt, why it is paused}; "" for what is not
-- there. With other settings than before it is neither failing nor paused.

-- include lib_time.lua

local held = redis.call('HMGET', KEYS[1], 'token', 'until', 'settings')
if held[1] and held[1] ~= ARGV[1] and tonumber(held[2]) > now_ms then return {now_ms, 0} end
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'until', now_ms + ARGV[2], 'settings', ARGV[3])
if held[3] ~= ARGV[3] then redis.call('HDEL', KEYS[1], 'failures', 'since', 'next', 'paused') end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
local stands = redis.call('HMGET', KEYS[1], 'cursor', 'failures', 'since', 'next', 'paused')
for i = 1, 5 do stands[i] = stands[i] or '' end
return {now_ms, 1, unpack(stands)}
