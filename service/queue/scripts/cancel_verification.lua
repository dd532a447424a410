#!lua flags=allow-oom
-- Ends a PENDING verification: its codes match no more, and its mail is withdrawn as CANCELLED if it still waits.
--
-- KEYS  1 the record that holds it · 2 events · 3 parked jobs · 4, 5 record and lane of its newest mail
-- ARGV  1 tenant · 2 revision as it was read · 3 id of its mail
-- Returns {now, kind, …}: 2 no such verification · 1 it has changed since it was read: nothing was written · 0 then its record without the tail,
--   as it is now. One that has ended stays as it is; one whose time is over ends EXPIRED.

-- include lib_time.lua
-- include lib_score.lua
-- include lib_record.lua
-- include lib_event.lua
-- include lib_withdraw.lua
-- include lib_verification.lua

local v = verification_read(KEYS[1])
if not v then return {now_ms, 2} end
if v.state == V_PENDING then
  if v.revision ~= tonumber(ARGV[2]) then return {now_ms, 1} end
  verification_end(v, v.expire_ms <= now_ms and V_EXPIRED or V_CANCELLED)
  verification_write(v)
  event(KEYS[2], v.id, ARGV[1], v.state)
  withdraw(KEYS[4], KEYS[5], KEYS[3], KEYS[2], ARGV[3], ARGV[1], false, 259200000)
end
local _, clear = clear_of(KEYS[1])
return {now_ms, 0, clear}
