#!lua flags=no-writes,allow-oom
-- Reads messages with their places in the queue, of one tenant in one shard.
--
-- KEYS  1–3 the tenant's lanes of classes 0, 1, 2 · then records
-- ARGV  for each record its id
-- Returns {now, for each: the record without its tail, its score as an integer}. Nil and -1 for what is not there.

-- include lib_time.lua
-- include lib_record.lua

local answer = {now_ms}
for i = 1, #ARGV do
  local h, clear = clear_of(KEYS[3 + i])
  if not h then
    answer[2 * i], answer[2 * i + 1] = false, -1
  else
    local lane = KEYS[1 + h.class]
    answer[2 * i] = clear
    answer[2 * i + 1] = tonumber(lane and redis.call('ZSCORE', lane, ARGV[i]) or -1)
  end
end
return answer
