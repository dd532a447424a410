#!lua
-- Takes one message, with all that goes with it, or says why not: then nothing was written.
--
-- KEYS  1 its record · 2 its lane · 3 the recipient's history · 4 events · 5 the armed flag · 6 suppression · 7 parked jobs, then, as flags say:
--       the ring of its class (class > 0) · the verification, the group's pointer (VERIFICATION) · the verification that it supersedes
--       (SUPERSEDES) · record and lane of its older mail (WITHDRAWS) · the newest of the supersede group (GROUP) · record and lane of that
--       one (OLDER) · the limits
-- ARGV  1 id · 2 tenant · 3 the record · 4 '<i8i8I4BBi8i8i8' score, visible_ms, queued_max (0 none), flags, limits, the verification's revision
--       as it was read (0 none), the superseded one's, expire_ms · 5 for each limit '<BI4i8i8' number of its key among the limits' keys, from 0,
--       tag, microseconds per item, microseconds per period · 6 what the group's newest was, class and id · 7 what the pointer was · 8 the verification · 9 the superseded one · 10 the older mail
--       · then fields and values of the verification, without guesses if it existed
-- Returns {now, code, …}, the first that holds:
--   7 skew       the record's create_ms is more than a second off
--   1 replay     the record is there with the same fingerprint; then the record
--   2 reused     … with another
--   3 moved      the pointer or a revision is not what was read
--   8 moved      the newest of the supersede group is not what was read; then what it is
--   5 suppressed
--   6 full       the lane holds queued_max
--   4 limited    then the limit's number, from 1, and the milliseconds to wait exactly
--   0 admitted

-- include lib_time.lua
-- include lib_score.lua
-- include lib_record.lua
-- include lib_event.lua
-- include lib_ring.lua
-- include lib_wake.lua
-- include lib_withdraw.lua
-- include lib_limit.lua
-- include lib_verification.lua

local SUPPRESSION, VERIFICATION, SUPERSEDES, WITHDRAWS, GROUP, OLDER = 1, 2, 4, 8, 16, 32
local RETENTION_MS, TOMBSTONE_MS, HISTORY_MAX, SKEW_MS = 259200000, 86400000, 200, 1000
local id, tenant, record = ARGV[1], ARGV[2], ARGV[3]
local score, visible_ms, queued_max, flags, limits, revision, superseded_revision, expire_ms =
  struct.unpack('<i8i8I4BBi8i8i8', ARGV[4])

local next_key = 8
local function key()
  next_key = next_key + 1
  return KEYS[next_key - 1]
end
local function has(flag) return flags % (2 * flag) >= flag end

-- Reading.

local create_ms, deadline_ms = struct.unpack('<i8i8', record, 9)
if math.abs(now_ms - create_ms) > SKEW_MS then return {now_ms, 7} end

local known = redis.call('GET', KEYS[1])
if known then
  if string.sub(known, 41, 56) ~= string.sub(record, 41, 56) then return {now_ms, 2} end
  return {now_ms, 1, known}
end

local ring = string.byte(record, 3) > 0 and key()
local verification, pointer, old, superseded, superseded_was
if has(VERIFICATION) then
  verification, pointer = key(), key()
  if (redis.call('GET', pointer) or '') ~= ARGV[7] then return {now_ms, 3} end
  old = redis.call('HMGET', verification, 'r', 'g', 'f')
  if tonumber(old[1] or 0) ~= revision then return {now_ms, 3} end
  if has(SUPERSEDES) then
    superseded = key()
    superseded_was = redis.call('HMGET', superseded, 'r', 's')
    if tonumber(superseded_was[1] or 0) ~= superseded_revision then return {now_ms, 3} end
  end
end
local mail = has(WITHDRAWS) and {key(), key()}
local group = has(GROUP) and key()
local older = has(OLDER) and {key(), key()}
if group then
  local newest = redis.call('GET', group) or ''
  if newest ~= ARGV[6] then return {now_ms, 8, newest} end
end

if has(SUPPRESSION) and redis.call('EXISTS', KEYS[6]) == 1 then return {now_ms, 5} end
if queued_max > 0 and redis.call('ZCARD', KEYS[2]) >= queued_max then return {now_ms, 6} end

local limit_keys = {}
for i = 1, limits do
  local number, tag, interval, period = struct.unpack('<BI4i8i8', ARGV[5], 21 * i - 20)
  local limit_key = KEYS[next_key + number]
  limit_keys[limit_key] = limit_keys[limit_key] or limits_read(limit_key)
  local wait_ms = limit_take(limit_keys[limit_key], tag, interval, period)
  if wait_ms > 0 then return {now_ms, 4, i, wait_ms} end
end
local history_ms = deadline_ms - now_ms + RETENTION_MS
local history_left_ms = redis.call('PTTL', KEYS[3])

-- Writing.

if mail then withdraw(mail[1], mail[2], KEYS[7], KEYS[4], ARGV[10], tenant, true, RETENTION_MS) end
if older then withdraw(older[1], older[2], KEYS[7], KEYS[4], string.sub(ARGV[6], 2), tenant, true, RETENTION_MS) end
if group then redis.call('SET', group, string.byte(record, 3) .. id, 'PXAT', deadline_ms + RETENTION_MS) end
for limit_key, arrivals in pairs(limit_keys) do limits_write(limit_key, arrivals) end

redis.call('SET', KEYS[1], record)
redis.call('ZADD', KEYS[2], score, id)
if ring then ring_in(ring, tenant, visible_ms) end
redis.call('ZADD', KEYS[3], create_ms, id)
if history_left_ms < history_ms then redis.call('PEXPIRE', KEYS[3], history_ms) end
if history_left_ms >= 0 then redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - HISTORY_MAX) end

if verification then
  if old[1] then
    -- Guesses belong to check: what was counted since the verification was read stays counted.
    redis.call('DEL', verification)
    redis.call('HSET', verification, 'g', old[2], unpack(ARGV, 11))
    if old[3] then redis.call('HSET', verification, 'f', old[3]) end
  else
    redis.call('HSET', verification, unpack(ARGV, 11))
  end
  redis.call('PEXPIREAT', verification, expire_ms + TOMBSTONE_MS)
  redis.call('SET', pointer, ARGV[8], 'PXAT', expire_ms + TOMBSTONE_MS)
  if superseded and tonumber(superseded_was[2]) == V_PENDING then
    redis.call('HSET', superseded, 's', V_SUPERSEDED, 'r', superseded_revision + 1)
    redis.call('PEXPIRE', superseded, TOMBSTONE_MS)
    event(KEYS[4], ARGV[9], tenant, V_SUPERSEDED)
  end
end

event(KEYS[4], id, tenant, string.byte(record, 2))
if visible_ms <= now_ms then wake(KEYS[5]) end
return {now_ms, 0}
