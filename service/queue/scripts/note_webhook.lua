#!lua flags=allow-oom
-- Writes down how a webhook stands, for the sender that has it.
--
-- KEYS  1 the webhook
-- ARGV  1 the sender's token · 2 for how many ms it has it from now on; 0: no longer · 3 cursor · 4 failures · 5 failing since · 6 next attempt ·
--       7 why it is paused · 8 ms that all this is kept
-- Returns {now, 1}, or {now, 0} when another sender has it.

-- include lib_time.lua

if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return {now_ms, 0} end
redis.call('HSET', KEYS[1], 'until', now_ms + ARGV[2], 'cursor', ARGV[3], 'failures', ARGV[4], 'since', ARGV[5], 'next', ARGV[6], 'paused', ARGV[7])
redis.call('PEXPIRE', KEYS[1], ARGV[8])
return {now_ms, 1}
