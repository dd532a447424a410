#!lua flags=allow-oom
-- Keeps a hold under the next number, and strikes out those that have ended.
--
-- KEYS  1 the holds: a hash of number to end in ms as 8 bytes and hold; "n" is the last number that was given
-- ARGV  1 the hold, as it is kept · 2 holds at most
-- Returns {now, number}; 0: there are as many as there may be.

-- include lib_time.lua

local last = tonumber(redis.call('HGET', KEYS[1], 'n') or 0)
local fields = redis.call('HGETALL', KEYS[1])
local ended, live = {}, 0
for i = 1, #fields, 2 do
  if fields[i] ~= 'n' then
    if struct.unpack('<i8', fields[i + 1]) <= now_ms then ended[#ended + 1] = fields[i] else live = live + 1 end
  end
end
if #ended > 0 then redis.call('HDEL', KEYS[1], unpack(ended)) end
if live >= tonumber(ARGV[2]) then return {now_ms, 0} end
redis.call('HSET', KEYS[1], 'n', last + 1, last + 1, ARGV[1])
return {now_ms, last + 1}
