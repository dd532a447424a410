#!lua flags=allow-oom
-- Writes down, once, what this Redis is installed with; says what stands there. Asked every second by all processes, also of a Redis that
-- is full: that is no reason to stop reading and draining it.
--
-- KEYS  1 the installation
-- ARGV  fields and values
-- Returns the values of those fields, as they stand. (No time first: nothing here depends on it.)

local fields = {}
for i = 1, #ARGV, 2 do fields[#fields + 1] = ARGV[i] end
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('HSET', KEYS[1], unpack(ARGV)) end
return redis.call('HMGET', KEYS[1], unpack(fields))
