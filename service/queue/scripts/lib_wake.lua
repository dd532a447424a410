-- Wakes the workers of a shard, if one of them sleeps and armed the flag; the flag's name is the channel's.
local function wake(armed_key)
  if redis.call('DEL', armed_key) == 1 then redis.call('SPUBLISH', armed_key, '') end
end
