#!lua
-- Counts one guess at a verification and applies the verdict on it. The verdict was made by the caller, from what it had read.
--
-- KEYS  1 the record that holds the verification · 2 the recipient's failure budget · 3 events · 4 parked jobs, then, as flags say: the stored
--       answer (REQUEST) · record and lane of its newest mail (MAIL)
-- ARGV  1 tenant · 2 '<i8BBI4i8' revision as it was read, flags, verdict (0 right, 1 wrong, 2 stale, 3 other purpose, 4 other binding), the
--       failure budget, its period in ms · 3 fingerprint of the request, 16 bytes · 4 id of its mail
-- Returns {now, kind, …}: 2 no such verification · 3 the request id was used with another fingerprint · 1 it has changed since it was read: nothing
--   was written, read and judge again · 0 done, then result (posthaste.v1.CheckVerificationCodeResponse.Result), 1 if this is a stored answer,
--   state, revision, guesses left, 1 if a stale code was refunded, end_ms, and its record as it was before, without the tail.
--
-- A verification that has ended answers how (or that purpose or binding is another), and counts nothing. A guess is counted whatever the
-- verdict, but for the first stale code. Wrong guesses are also charged to the failure budget, which counts for its period from the first one
-- and is forgotten after a right one; a verification of a recipient whose budget is used up ends GUESSES_EXHAUSTED before the guess is looked
-- at. Guesses do not change the revision: those that run side by side do not disturb each other.
-- The mail of a verified one is withdrawn as CANCELLED if it still waits: nothing newer takes its place.

-- include lib_time.lua
-- include lib_score.lua
-- include lib_record.lua
-- include lib_event.lua
-- include lib_withdraw.lua
-- include lib_verification.lua

local REQUEST, MAIL = 1, 2
local RIGHT, STALE, OTHER_PURPOSE = 0, 2, 3
local RETENTION_MS, ANSWER_MS = 259200000, 86400000
local MATCHED, R_EXHAUSTED = 1, 5
local RESULT_OF_VERDICT = {2, 3, 8, 9}                      -- Wrong, stale, other purpose, other binding.
local RESULT_OF_STATE = {[2] = 6, [3] = 4, [4] = 5, [5] = 3, [6] = 7, [7] = 7} -- A superseded one is stale.
local tenant, fingerprint = ARGV[1], ARGV[3]
local seen, flags, verdict, failures_max, failure_ms = struct.unpack('<i8BBI4i8', ARGV[2])

local next_key = 5
local function key(flag)
  if flags % (2 * flag) < flag then return nil end
  next_key = next_key + 1
  return KEYS[next_key - 1]
end
local request, mail = key(REQUEST), key(MAIL)
local mail_lane = KEYS[next_key]

local h, clear = clear_of(KEYS[1])
local v = verification_of(KEYS[1], h, clear)
if not v then return {now_ms, 2} end
local state, was, guesses_were, refunded, refunded_was = v.state, v.state, v.guesses, v.flags % 2, v.flags % 2

local function answer(result, stored, state, revision, guesses, refunded, end_ms)
  return {now_ms, 0, result, stored, state, revision, guesses, refunded, end_ms, clear}
end

if request then
  local stored = redis.call('GET', request)
  if stored then
    if string.sub(stored, 1, 16) ~= fingerprint then return {now_ms, 3} end
    local result, state, refunded, guesses, revision, end_ms = struct.unpack('<BBBHi8i8', stored, 17)
    return answer(result, 1, state, revision, guesses, refunded, end_ms)
  end
end

local failures = tonumber(redis.call('GET', KEYS[2]) or 0)
local result
local failed = false
if state ~= V_PENDING or v.expire_ms <= now_ms then
  if state == V_PENDING then state = V_EXPIRED end
  result = verdict >= OTHER_PURPOSE and RESULT_OF_VERDICT[verdict] or RESULT_OF_STATE[state]
elseif v.revision ~= seen then
  return {now_ms, 1}
elseif v.guesses <= 0 or failures >= failures_max then
  state, result = V_EXHAUSTED, R_EXHAUSTED
elseif verdict == RIGHT then
  v.guesses, state, result = v.guesses - 1, V_VERIFIED, MATCHED
elseif verdict == STALE and refunded == 0 then
  refunded, result = 1, RESULT_OF_VERDICT[verdict]
else
  v.guesses, failures, failed, result = v.guesses - 1, failures + 1, true, RESULT_OF_VERDICT[verdict]
  if v.guesses <= 0 or failures >= failures_max then state = V_EXHAUSTED end
end
v.flags = v.flags + refunded - refunded_was

if failed then
  if failures == 1 then
    redis.call('SET', KEYS[2], 1, 'PX', failure_ms)
  else
    redis.call('INCR', KEYS[2])
  end
end
if state ~= was then verification_end(v, state) end
if state ~= was or v.guesses ~= guesses_were or refunded ~= refunded_was then verification_write(v) end
if state ~= was then
  event(KEYS[3], v.id, tenant, state)
  if state == V_VERIFIED then
    redis.call('DEL', KEYS[2])
    if mail then withdraw(mail, mail_lane, KEYS[4], KEYS[3], ARGV[4], tenant, false, RETENTION_MS) end
  end
end
if request then
  local packed = fingerprint .. struct.pack('<BBBHi8i8', result, state, refunded, v.guesses, v.revision, v.end_ms)
  redis.call('SET', request, packed, 'PX', ANSWER_MS)
end
return answer(result, 0, state, v.revision, v.guesses, refunded, v.end_ms)
