#!lua flags=allow-oom
-- Ends a PENDING verification: its codes match no more, and its mail is withdrawn as CANCELLED if it still waits.
--
-- KEYS  1 the verification · 2 the group's pointer · 3 events · 4 parked jobs · 5, 6 record and lane of its mail
-- ARGV  1 id · 2 revision as it was read · 3 id of its mail
-- Returns {now, kind, …}: 2 no such verification · 1 it has changed since it was read: nothing was written · 0 then state, revision and all its fields
--   as they were before. One that has ended stays as it is; one whose time is over ends EXPIRED.

-- include lib_time.lua
-- include lib_score.lua
-- include lib_record.lua
-- include lib_event.lua
-- include lib_withdraw.lua
-- include lib_verification.lua

local v = redis.call('HMGET', KEYS[1], 's', 'r', 'e', 't')
if not v[1] then return {now_ms, 2} end
local state, revision = tonumber(v[1]), tonumber(v[2])
local fields = redis.call('HGETALL', KEYS[1])
if state == V_PENDING then
  if revision ~= tonumber(ARGV[2]) then return {now_ms, 1} end
  state, revision = V_CANCELLED, revision + 1
  if tonumber(v[3] or 0) <= now_ms then state = V_EXPIRED end
  local pointed = redis.call('GET', KEYS[2])
  redis.call('HSET', KEYS[1], 's', state, 'r', revision)
  redis.call('PEXPIRE', KEYS[1], 86400000)
  if pointed == ARGV[1] then redis.call('DEL', KEYS[2]) end
  event(KEYS[3], ARGV[1], v[4], state)
  withdraw(KEYS[5], KEYS[6], KEYS[4], KEYS[3], ARGV[3], v[4], false, 259200000)
end
return {now_ms, 0, state, revision, unpack(fields)}
