#!lua
-- Takes one message, with all that goes with it, or says why not: then nothing was written.
--
-- KEYS  1 its record · 2 its lane · 3 the recipient · 4 events · 5 the armed flag · 6 suppression · 7 parked jobs, then, as flags say:
--       the ring of its class (class > 0) · the record that holds the verification (RESENDS) · the record that holds the one that it
--       supersedes (SUPERSEDES) · record and lane of its older mail (WITHDRAWS) · the newest of the supersede group (GROUP) · record, lane and
--       attachments of that one (OLDER) · its attachments (ATTACHED) · the recipients whose limits these are
-- ARGV  1 id · 2 tenant · 3 the record, with the verification that begins with it · 4 '<i8i8I4BBi8i8i8' score, visible_ms, queued_max (0 none),
--       flags, limits, the verification's revision as it was read (0 none), the superseded one's, expire_ms · 5 for each limit '<BI4i8i8' number
--       of its key among the limits' keys, from 0, tag, microseconds per item, microseconds per period · 6 what the group's newest was, class
--       and id · 7 with VERIFICATION: '<c6c20' its group, the body of its id, then that of what the group pointed at (nothing = none)
--       · 8 the older mail · 9 with RESENDS: the verification as it is to be stored; with ATTACHED: the attachments, which no code has
-- Returns {now, code, …}, the first that holds:
--   7 skew       the record's create_ms is more than a second off
--   1 replay     the record is there with the same fingerprint; then the record
--   2 reused     … with another
--   3 moved      the pointer or a revision is not what was read
--   8 moved      the newest of the supersede group is not what was read; then what it is
--   5 suppressed
--   6 full       the lane holds queued_max
--   4 limited    then the limit's number, from 1, and the milliseconds to wait exactly
--   0 admitted   then how many older messages it withdrew before any dot

-- include lib_time.lua
-- include lib_score.lua
-- include lib_record.lua
-- include lib_event.lua
-- include lib_ring.lua
-- include lib_wake.lua
-- include lib_withdraw.lua
-- include lib_limit.lua
-- include lib_recipient.lua
-- include lib_verification.lua

local SUPPRESSION, VERIFICATION, SUPERSEDES, WITHDRAWS, GROUP, OLDER, RESENDS, ATTACHED = 1, 2, 4, 8, 16, 32, 64, 128
local RETENTION_MS, SKEW_MS = 259200000, 1000
local id, tenant, record = ARGV[1], ARGV[2], ARGV[3]
local score, visible_ms, queued_max, flags, limits, revision, superseded_revision, expire_ms =
  struct.unpack('<i8i8I4BBi8i8i8', ARGV[4])

local next_key = 8
local function key()
  next_key = next_key + 1
  return KEYS[next_key - 1]
end
local function has(flag) return flags % (2 * flag) >= flag end

local recipients = {} -- By key: the mailbox' and the bucket's may be one.
local function recipient(name)
  recipients[name] = recipients[name] or recipient_read(name)
  return recipients[name]
end

-- Reading.

local create_ms, deadline_ms = struct.unpack('<I6I6', record, 9)
if math.abs(now_ms - create_ms) > SKEW_MS then return {now_ms, 7} end

local known = redis.call('GET', KEYS[1])
if known then
  if string.sub(known, 33, 40) ~= string.sub(record, 33, 40) then return {now_ms, 2} end
  return {now_ms, 1, known}
end

local ring = string.byte(record, 3) > 0 and key()
local mine = recipient(KEYS[3])
local old, superseded
if has(VERIFICATION) and recipient_current(mine, string.sub(ARGV[7], 1, 6)) ~= string.sub(ARGV[7], 27) then return {now_ms, 3} end
if has(RESENDS) then
  old = verification_read(key())
  if not old or old.revision ~= revision then return {now_ms, 3} end
end
if has(SUPERSEDES) then
  superseded = verification_read(key())
  if not superseded or superseded.revision ~= superseded_revision then return {now_ms, 3} end
end
local mail = has(WITHDRAWS) and {key(), key()}
local group = has(GROUP) and key()
local older = has(OLDER) and {key(), key(), key()}
local attachments = has(ATTACHED) and key()
if group then
  local newest = redis.call('GET', group) or ''
  if newest ~= ARGV[6] then return {now_ms, 8, newest} end
end

if has(SUPPRESSION) and redis.call('EXISTS', KEYS[6]) == 1 then return {now_ms, 5} end
if queued_max > 0 and redis.call('ZCARD', KEYS[2]) >= queued_max then return {now_ms, 6} end

for i = 1, limits do
  local number, tag, interval, period = struct.unpack('<BI4i8i8', ARGV[5], 21 * i - 20)
  local wait_ms = limit_take(recipient(KEYS[next_key + number]).limits, tag, interval, period)
  if wait_ms > 0 then return {now_ms, 4, i, wait_ms} end
end

-- Writing.

local unsent = 0
local function supersede(message, old_id)
  local _, first = withdraw(message[1], message[2], KEYS[7], KEYS[4], old_id, tenant, true, RETENTION_MS, message[3])
  if first then unsent = unsent + 1 end
end
if mail then supersede(mail, ARGV[8]) end
if older then supersede(older, string.sub(ARGV[6], 2)) end
if group then redis.call('SET', group, string.byte(record, 3) .. id, 'PXAT', deadline_ms + RETENTION_MS) end

redis.call('SET', KEYS[1], record)
if attachments then redis.call('SET', attachments, ARGV[9], 'PXAT', deadline_ms + RETENTION_MS) end
redis.call('ZADD', KEYS[2], score, id)
if ring then ring_in(ring, tenant, visible_ms) end
recipient_add(mine, create_ms, id, deadline_ms + RETENTION_MS)
if has(VERIFICATION) then mine.current[string.sub(ARGV[7], 1, 6)] = {expire_ms + TOMBSTONE_MS, string.sub(ARGV[7], 7, 26)} end
for name, one in pairs(recipients) do recipient_write(name, one) end

if old then
  -- Guesses belong to check: what was counted since the verification was read stays counted.
  local section = ARGV[9]
  local flags_then = string.byte(section, 2)
  local bytes = redis.call('GET', old.key)
  local h = head_of(bytes)
  local rest = string.sub(bytes, HEAD_BYTES + h.verification_bytes + 1)
  h.verification_bytes = #section
  redis.call('SET', old.key, head_bytes(h) .. string.sub(section, 1, 1) ..
    struct.pack('<BH', flags_then - flags_then % 2 + old.flags % 2, old.guesses) .. string.sub(section, 5) .. rest, 'KEEPTTL')
end
if superseded and superseded.state == V_PENDING then
  verification_end(superseded, V_SUPERSEDED)
  verification_write(superseded)
  event(KEYS[4], superseded.id, tenant, V_SUPERSEDED)
end

event(KEYS[4], id, tenant, string.byte(record, 2))
if visible_ms <= now_ms then wake(KEYS[5]) end
return {now_ms, 0, unsent}
