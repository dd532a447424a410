#!lua
-- Sends a message back to its lane that had left it: a parked one, or one that ended UNCERTAIN and kept its seal.
--
-- KEYS  1 its record · 2 its lane · 3 the ring of its class · 4 parked jobs · 5 events · 6 the armed flag · 7 the recipient
--       · 8 its attempts · 9 suppression · 10 its attachments · 11 the newest of its supersede group, if it has one
-- ARGV  1 id · 2 tenant · 3 the head as it was read · 4 the record anew: QUEUED, with another deadline and sealed for that · 5 retention in ms
--       · 6 its attachments sealed anew, "" if it has none
-- Returns {now, n}: 0 done · 1 the record is not what was read · 2 the recipient is suppressed · 3 a newer message took its place.
--   Only 0 has written anything.
-- Claims go on from where they ended (the head's `settled`): no token of an earlier holder is ever good again, and lost leases count anew.

-- include lib_time.lua
-- include lib_score.lua
-- include lib_record.lua
-- include lib_event.lua
-- include lib_ring.lua
-- include lib_wake.lua
-- include lib_limit.lua
-- include lib_recipient.lua

local id, tenant, record, retention_ms = ARGV[1], ARGV[2], ARGV[4], tonumber(ARGV[5])
if redis.call('GETRANGE', KEYS[1], 0, HEAD_BYTES - 1) ~= ARGV[3] then return {now_ms, 1} end
if redis.call('EXISTS', KEYS[9]) == 1 then return {now_ms, 2} end
local h = head_of(record)
if KEYS[11] then
  local newest = redis.call('GET', KEYS[11])
  if newest and newest ~= h.class .. id then return {now_ms, 3} end
end
local life_ms = h.deadline_ms - now_ms + retention_ms
local attempts_ms = redis.call('PTTL', KEYS[8])
local recipient = recipient_read(KEYS[7])

redis.call('SET', KEYS[1], record)
redis.call('ZADD', KEYS[2], score_at(now_ms, h.settled % CANCEL), id)
ring_in(KEYS[3], tenant, now_ms)
redis.call('ZREM', KEYS[4], id)
if recipient.messages ~= '' then
  recipient.keep_ms = math.max(recipient.keep_ms, now_ms + life_ms)
  recipient_write(KEYS[7], recipient)
end
if attempts_ms >= 0 and attempts_ms < life_ms then redis.call('PEXPIRE', KEYS[8], life_ms) end
if ARGV[6] ~= '' then redis.call('SET', KEYS[10], ARGV[6], 'PX', life_ms) end
if KEYS[11] then redis.call('PEXPIRE', KEYS[11], life_ms) end
event(KEYS[5], id, tenant, h.state)
wake(KEYS[6])
return {now_ms, 0}
