#!lua
-- Makes a publication the one in force, or takes back all that was published under its name.
--
-- KEYS  1 version · 2 the tenant's publications in force · 3 the name's history · 4 the publication's files · then the files that no line of
--       the history will name any more
-- ARGV  1 the version as it was read, 0 none · 2 name · 3 the publication's id, "" takes back · 4 its line of the history · 5 its files, "": they
--       are there · 6 lines kept
-- Returns {now, version}: the new one; 0: the version has moved, or the files are not there, and nothing was written.

-- include lib_time.lua

local version = tonumber(redis.call('GET', KEYS[1]) or 0)
if version ~= tonumber(ARGV[1]) then return {now_ms, 0} end
local name, id, files = ARGV[2], ARGV[3], ARGV[5]
if id ~= '' and files == '' and redis.call('EXISTS', KEYS[4]) == 0 then return {now_ms, 0} end

if id == '' then redis.call('HDEL', KEYS[2], name) else redis.call('HSET', KEYS[2], name, id) end
if files ~= '' then redis.call('SET', KEYS[4], files) end
redis.call('LPUSH', KEYS[3], ARGV[4])
redis.call('LTRIM', KEYS[3], 0, tonumber(ARGV[6]) - 1)
for i = 5, #KEYS do redis.call('DEL', KEYS[i]) end
return {now_ms, redis.call('INCR', KEYS[1])}
