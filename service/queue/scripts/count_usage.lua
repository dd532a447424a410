#!lua
-- Counts one message of a tenant's day.
--
-- KEYS  1 the tenant's day: a hash of mail class to messages
-- ARGV  1 mail class · 2 seconds that the day is kept
-- Returns {now}

-- include lib_time.lua

redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
redis.call('EXPIRE', KEYS[1], ARGV[2])
return {now_ms}
