#!lua flags=allow-oom
-- Prolongs leases of one shard.
--
-- KEYS  the lanes, each once
-- ARGV  1 lease in ms · then for each lease: the number of its lane in KEYS, id, claims
-- Returns {now, how many are still held}. A lease that another worker took, or that was settled, is left alone. One that ran out and
-- that nobody claimed is held again.

-- include lib_time.lua
-- include lib_score.lua

local until_ms = now_ms + ARGV[1]
local moved, held = {}, 0
for i = 2, #ARGV, 3 do
  local lane = tonumber(ARGV[i])
  local score = tonumber(redis.call('ZSCORE', KEYS[lane], ARGV[i + 1]))
  if score then
    local low = low_of(score)
    if is_leased(low) and low % CANCEL == tonumber(ARGV[i + 2]) then
      local adds = moved[lane] or {}
      moved[lane] = adds
      adds[#adds + 1] = score_at(until_ms, low)
      adds[#adds + 1] = ARGV[i + 1]
      held = held + 1
    end
  end
end
for lane, adds in pairs(moved) do
  redis.call('ZADD', KEYS[lane], 'XX', unpack(adds))
end
return {now_ms, held}
