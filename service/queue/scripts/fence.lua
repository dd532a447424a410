#!lua flags=allow-oom
-- The last check before the final dot: may the holder of a lease hand the message over?
--
-- KEYS  1 the job's lane · 2 its record
-- ARGV  1 id · 2 claims (with the id, the token) · 3 lease in ms · 4 the least of it that must be left
-- Returns {now, verdict}: 0 pass, 1 cancelled, 2 past its deadline, 3 the lease is lost.
-- A pass sets `dot`: whoever claims the job after a crash knows that a copy may be out. The lease stays as it is, unless less than
-- ARGV[4] is left: then it is renewed in the same step, so that it outlives this answer. Asked again, it answers the same.

-- include lib_time.lua
-- include lib_score.lua

local score = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]))
if not score then return {now_ms, 3} end
local low = low_of(score)
if not is_leased(low) or low % CANCEL ~= tonumber(ARGV[2]) then return {now_ms, 3} end
if has_cancel(low) then return {now_ms, 1} end
local deadline = redis.call('GETRANGE', KEYS[2], 14, 19)
if #deadline < 6 then return {now_ms, 3} end
if struct.unpack('<I6', deadline) <= now_ms then return {now_ms, 2} end

local fenced = score
if not has_dot(low) then fenced = score + DOT end
if visible_of(score) - now_ms < tonumber(ARGV[4]) then
  fenced = score_at(now_ms + ARGV[3], low_of(fenced))
end
if fenced ~= score then redis.call('ZADD', KEYS[1], 'XX', fenced, ARGV[1]) end
return {now_ms, 0}
