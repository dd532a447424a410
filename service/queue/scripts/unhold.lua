#!lua flags=allow-oom
-- Makes due what a hold had put off, when that hold is gone. Twice is the same as once.
--
-- KEYS  1 held jobs · 2 the armed flag · 3, 4 rings of classes 1, 2 · then for each job its lane and record
-- ARGV  for each job: its entry in KEYS[1], class, id, tenant
-- Returns {now, how many are due now}. One that a worker holds, or that was settled since, is left as it is.

-- include lib_time.lua
-- include lib_score.lua
-- include lib_record.lua
-- include lib_ring.lua
-- include lib_wake.lua

local due = 0
for i = 1, #ARGV, 4 do
  local entry, class, id, tenant = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2], ARGV[i + 3]
  local lane, record = KEYS[5 + (i - 1) / 2], KEYS[6 + (i - 1) / 2]
  local score = tonumber(redis.call('ZSCORE', lane, id))
  local flags = string.byte(redis.call('GETRANGE', record, 3, 3))
  local waits = score and not is_leased(low_of(score)) and flags and is_held(flags)
  if waits then
    redis.call('SETRANGE', record, 3, string.char(flags - HELD))
    if visible_of(score) > now_ms then
      redis.call('ZADD', lane, 'XX', score_at(now_ms, low_of(score)), id)
      if class > 0 then ring_in(KEYS[2 + class], tenant, now_ms) end
      due = due + 1
    end
  end
  redis.call('ZREM', KEYS[1], entry)
end
if due > 0 then wake(KEYS[2]) end
return {now_ms, due}
