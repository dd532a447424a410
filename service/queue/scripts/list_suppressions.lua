#!lua flags=no-writes,allow-oom
-- The suppressions of a tenant in one shard, by their end, the last first; for good before all others.
--
-- KEYS  1 the index
-- ARGV  1, 2 score and member behind which the answer begins ("" = at the beginning) · 3 at most so many
-- Returns {now, member, score, …}.

-- include lib_time.lua

local answer = {now_ms}
local from, behind, wanted = ARGV[1] ~= '' and ARGV[1] or '+inf', ARGV[2], tonumber(ARGV[3])
local seen = 0
repeat
  local entries = redis.call('ZRANGE', KEYS[1], from, '(' .. string.format('%.0f', now_ms), 'BYSCORE', 'REV', 'LIMIT', seen, wanted, 'WITHSCORES')
  for i = 1, #entries, 2 do
    -- Of the same score: by descending member, as the ZSET has them.
    local told = entries[i + 1] == ARGV[1] and entries[i] >= behind
    if not told and #answer < 2 * wanted + 1 then
      answer[#answer + 1], answer[#answer + 2] = entries[i], entries[i + 1]
    end
  end
  seen = seen + #entries / 2
until #entries < 2 * wanted or #answer >= 2 * wanted + 1
return answer
