#!lua flags=no-writes,allow-oom
-- Counts the jobs of lanes.
--
-- KEYS  lanes of one shard
-- ARGV  1 the longest lease in ms · 2 how many jobs to look at for leases
-- Returns {now, for each lane: jobs, due, leased, when its first due job became visible (-1: none is due)}. Leases are told from delayed
-- jobs by reading those that become visible within a lease: exact while these are fewer than ARGV[2], else a lower bound.

-- include lib_time.lua
-- include lib_score.lua

local answer = {now_ms}
local due = score_at(now_ms, 4095)
local horizon = score_at(now_ms + ARGV[1], 4095)
for _, lane in ipairs(KEYS) do
  local leased, oldest = 0, -1
  local near = redis.call('ZRANGEBYSCORE', lane, due + 1, horizon, 'WITHSCORES', 'LIMIT', 0, ARGV[2])
  for i = 2, #near, 2 do
    if is_leased(low_of(tonumber(near[i]))) then leased = leased + 1 end
  end
  local due_count = redis.call('ZCOUNT', lane, '-inf', due)
  if due_count > 0 then oldest = visible_of(tonumber(redis.call('ZRANGE', lane, 0, 0, 'WITHSCORES')[2])) end
  local n = #answer
  answer[n + 1], answer[n + 2], answer[n + 3], answer[n + 4] = redis.call('ZCARD', lane), due_count, leased, oldest
end
return answer
