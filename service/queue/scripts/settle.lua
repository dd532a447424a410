#!lua flags=allow-oom
-- What becomes of jobs after they were held: a mixed batch of one shard, at most 256.
--
-- KEYS  1 events · 2 parked jobs · 3 the armed flag · 4, 5 rings of classes 1, 2 · 6 held jobs · then for each job its lane, record, attempts,
--       then, as its flags say: the record that holds the verification which a bounce ends (1) · suppression and index of its recipient (2, 4)
--       · its attachments (8)
-- ARGV  1 retention in ms · then for each job one packed string (settlement.h):
--       '<BBBBBBBBHi8BBc0Bc0Hc0' kind (0 end, 1 retry, 2 release, 3 park, 4 repair, 5 hold), state, class, attempts to add, uncertain to add,
--       failure class, scope, flags, claims, visible_ms, attempt records, id, tenant, result; with flag 2 '<BBi8I4Hc0' as ARGV 1, 2 of
--       suppress.lua; then each attempt 'Hc0'
-- Returns {now, for each: 0 done, 1 ended because it was cancelled, 2 this settlement stood already, 3 the lease is lost}.
--
-- end      terminal record, out of the lane, event; a bounce ends a PENDING verification whose current message this is. With flag 2 the
--          recipient is suppressed; with flag 4 and ACCEPTED a soft suppression of it ends. What ends UNCERTAIN, and is neither a code nor
--          withdrawn, keeps its seal, and its attachments: redrive.lua
-- retry    in the lane at visible_ms, DEFERRED, one more settled claim
-- release  in the lane at visible_ms, as if it had never been claimed
-- hold     as release; it also stands among the held jobs, with the hold's number (in place of the result) as its score, until it is settled
--          otherwise or unhold.lua finds that hold gone
-- park     out of the lane, its seal and its attachments kept; codes are not parked: they end FAILED
-- repair   a job without a live record leaves its lane; nothing else
-- A job that was cancelled while it was held is not given back: it ends CANCELLED or SUPERSEDED. Only the token (id, claims) counts.

-- include lib_time.lua
-- include lib_score.lua
-- include lib_record.lua
-- include lib_event.lua
-- include lib_ring.lua
-- include lib_wake.lua
-- include lib_verification.lua
-- include lib_undeliverable.lua
-- include lib_suppression.lua

local END, RETRY, RELEASE, PARK, REPAIR, HOLD = 0, 1, 2, 3, 4, 5
local VERIFICATION, SUPPRESSES, CLEARS, ATTACHED = 1, 2, 4, 8
local events, parked, armed, held = KEYS[1], KEYS[2], KEYS[3], KEYS[6]
local retention_ms = tonumber(ARGV[1])

local function has(flags, flag) return flags % (2 * flag) >= flag end

-- The job is not leased under this token: did the same settlement do that? A record that ended, or was parked, keeps the claims of its end.
local function replayed(s, score, h)
  if score then
    local low = low_of(score)
    local given_back = s.kind == RETRY or s.kind == RELEASE or s.kind == HOLD
    return given_back and low % CANCEL == s.claims and not is_leased(low) and 2 or 3
  end
  if not h or h.settled ~= s.claims then return 3 end
  local withdrawn = h.state == CANCELLED or h.state == SUPERSEDED
  if s.kind == END then
    return (h.state == ending(s.state, h.uncertain) or withdrawn and s.state == CANCELLED) and 2 or 3
  end
  if s.kind == PARK and (h.state == PARKED or h.state == FAILED) then return 2 end
  return (withdrawn or h.state == UNCERTAIN) and 2 or 3
end

local function push_attempts(s, key, packed, at, life_ms)
  if s.records == 0 then return end
  local records = {}
  for i = 1, s.records do records[i], at = struct.unpack('<Hc0', packed, at) end
  if redis.call('LPUSH', key, unpack(records)) > 16 then redis.call('LTRIM', key, 0, 15) end
  redis.call('PEXPIRE', key, life_ms)
end

-- Writes head and result of a job that lives on, and leaves the rest as it is.
local function rewrite(key, h, clear, result)
  if #result == h.result_bytes then
    redis.call('SETRANGE', key, 0, head_bytes(h))
    if #result > 0 then redis.call('SETRANGE', key, result_at(h), result) end
    return
  end
  local tail = redis.call('GETRANGE', key, #clear, -1)
  h.result_bytes = #result
  redis.call('SET', key, head_bytes(h) .. string.sub(clear, HEAD_BYTES + 1, result_at(h)) .. result .. tail)
end

local function give_back(s, lane, visible_ms)
  redis.call('ZADD', lane, 'XX', score_at(visible_ms, s.claims), s.id)
  if s.class > 0 then ring_in(KEYS[3 + s.class], s.tenant, visible_ms) end
  if visible_ms <= now_ms then wake(armed) end
end

local function apply(s, lane, record, attempts, verification, suppression, index, packed, at)
  local score = tonumber(redis.call('ZSCORE', lane, s.id))
  local h, clear = clear_of(record)
  if not score or low_of(score) % CANCEL ~= s.claims or not is_leased(low_of(score)) then
    return replayed(s, score, h)
  end
  if not h or is_terminal(h.state) then
    redis.call('ZREM', lane, s.id)
    return h and h.settled == s.claims and 2 or 3
  end
  if s.kind == REPAIR then return 3 end
  local cancelled = s.kind ~= END and has_cancel(low_of(score))
  local entry = held_entry(s.class, s.id, s.tenant)
  if is_held(h.flags) then
    redis.call('ZREM', held, entry)
    h.flags = h.flags - HELD
  end
  if (s.kind == RELEASE or s.kind == HOLD) and not cancelled then
    if s.kind == HOLD then
      redis.call('ZADD', held, tonumber(s.result), entry)
      h.flags = h.flags + HELD
    end
    redis.call('SETRANGE', record, 3, struct.pack('<BBBH', h.flags, h.attempts, h.uncertain, h.settled + 1))
    give_back(s, lane, s.visible_ms)
    return 0
  end

  h.attempts, h.uncertain = math.min(h.attempts + s.attempts, 255), math.min(h.uncertain + s.uncertain, 255)
  local result = s.result
  if s.kind == END or s.kind == RETRY then h.failure, h.scope = s.failure, s.scope else result = nil end
  h.change_ms = now_ms
  if s.kind == RETRY and not cancelled then
    h.state, h.settled = s.state, h.settled + 1
    rewrite(record, h, clear, result)
    give_back(s, lane, s.visible_ms)
    push_attempts(s, attempts, packed, at, math.max(h.deadline_ms - now_ms, 0) + retention_ms)
    event(events, s.id, s.tenant, h.state)
    return 0
  end

  redis.call('ZREM', lane, s.id)
  push_attempts(s, attempts, packed, at, math.max(h.deadline_ms - now_ms, 0) + retention_ms)
  if s.kind == PARK and not cancelled and s.class > 0 then
    h.state, h.settled = PARKED, s.claims
    redis.call('SETRANGE', record, 0, head_bytes(h))
    redis.call('ZADD', parked, now_ms, s.id)
    if s.attachments then redis.call('PEXPIRE', s.attachments, retention_ms) end
  else
    local state = s.kind == END and s.state or FAILED
    local withdrawn = cancelled or state == CANCELLED
    if withdrawn then state = h.flags % 2 == 1 and SUPERSEDED or CANCELLED end
    h.state = ending(state, h.uncertain)
    if h.state == ACCEPTED then h.accept_ms = now_ms end
    local whole = h.state == UNCERTAIN and s.class > 0 and not withdrawn
    end_record(record, h, clear, s.claims, result, retention_ms, whole, s.attachments)
    if verification and h.state == BOUNCED then undeliverable(verification, s.id, s.tenant, events) end
    if s.suppress and suppress(suppression, index, unpack(s.suppress)) == 0 then suppression_event(events, suppression, s.id, s.tenant, 1) end
    if has(s.flags, CLEARS) and h.state == ACCEPTED and unsuppress(suppression, index, SOFT) then
      suppression_event(events, suppression, s.id, s.tenant, 2)
    end
  end
  event(events, s.id, s.tenant, h.state)
  return cancelled and 1 or 0
end

local answer = {now_ms}
local key = 7
for i = 2, #ARGV do
  local packed = ARGV[i]
  local s, at = {}, nil
  s.kind, s.state, s.class, s.attempts, s.uncertain, s.failure, s.scope, s.flags, s.claims, s.visible_ms, s.records, s.id, s.tenant, s.result,
    at = struct.unpack('<BBBBBBBBHi8BBc0Bc0Hc0', packed)
  if has(s.flags, SUPPRESSES) then
    local cause, strength, life_ms, kept_max, facts
    cause, strength, life_ms, kept_max, facts, at = struct.unpack('<BBi8I4Hc0', packed, at)
    s.suppress = {cause, strength, life_ms, kept_max, facts}
  end
  local lane, record, attempts = KEYS[key], KEYS[key + 1], KEYS[key + 2]
  key = key + 3
  local verification, suppression, index
  if has(s.flags, VERIFICATION) then
    verification = KEYS[key]
    key = key + 1
  end
  if s.suppress or has(s.flags, CLEARS) then
    suppression, index = KEYS[key], KEYS[key + 1]
    key = key + 2
  end
  if has(s.flags, ATTACHED) then
    s.attachments = KEYS[key]
    key = key + 1
  end
  answer[#answer + 1] = apply(s, lane, record, attempts, verification, suppression, index, packed, at)
end
return answer
