#!lua flags=no-writes,allow-oom
-- Reads messages with their places in the queue, of one tenant in one shard.
--
-- KEYS  1–3 the tenant's lanes of classes 0, 1, 2 · then records
-- ARGV  for each record its id
-- Returns {now, for each: the record without its seal, its score as an integer}. Nil and -1 for what is not there.

-- include lib_time.lua

local answer = {now_ms}
for i = 1, #ARGV do
  local bytes = redis.call('GETRANGE', KEYS[3 + i], 0, 511)
  if #bytes < 64 then
    answer[2 * i], answer[2 * i + 1] = false, -1
  else
    local facts, result = struct.unpack('<HH', string.sub(bytes, 59, 62))
    local size = 64 + facts + result
    if size > #bytes then bytes = redis.call('GETRANGE', KEYS[3 + i], 0, size - 1) end
    local lane = KEYS[1 + string.byte(bytes, 3)]
    answer[2 * i] = string.sub(bytes, 1, size)
    answer[2 * i + 1] = tonumber(lane and redis.call('ZSCORE', lane, ARGV[i]) or -1)
  end
end
return answer
