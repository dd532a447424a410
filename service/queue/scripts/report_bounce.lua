#!lua flags=allow-oom
-- A bounce that came after a message had ended: what the next hop told by mail or webhook.
--
-- KEYS  1 its record · 2 events, then, as flags say: the record that holds the verification
--       (VERIFICATION) · suppression and the index of its tenant (SUPPRESSION)
-- ARGV  1 id · 2 tenant · 3 '<BBB' failure class, scope, flags · 4 result · 5, 6 with SUPPRESSION: as
--       ARGV 1, 2 of suppress.lua
-- Returns {now, n}: 0 done · 1 no such message · 2 this was reported before, or it bounced at once · 3 it has not ended: ask again · 4 it was
--   never handed over
--
-- ACCEPTED becomes BOUNCED, late. UNCERTAIN stays UNCERTAIN (another copy may have arrived), late: the relay held one. In both the PENDING
-- verification whose current message this is ends UNDELIVERABLE, and the recipient is suppressed. The record's life stays as it was.

-- include lib_time.lua
-- include lib_record.lua
-- include lib_event.lua
-- include lib_verification.lua
-- include lib_undeliverable.lua
-- include lib_suppression.lua

local VERIFICATION, SUPPRESSION, LATE = 1, 2, 2
local failure, scope, flags = struct.unpack('<BBB', ARGV[3])
local id, tenant, result = ARGV[1], ARGV[2], ARGV[4]

local h, clear = clear_of(KEYS[1])
if not h then return {now_ms, 1} end
if not is_terminal(h.state) then return {now_ms, 3} end
if h.state == BOUNCED or h.flags % (2 * LATE) >= LATE then return {now_ms, 2} end
if h.state ~= ACCEPTED and h.state ~= UNCERTAIN then return {now_ms, 4} end

local facts_end = result_at(h)
local tail = redis.call('GETRANGE', KEYS[1], #clear, -1)
if h.state == ACCEPTED then h.state = BOUNCED end
h.flags, h.failure, h.scope, h.change_ms, h.result_bytes = h.flags + LATE, failure, scope, now_ms, #result
redis.call('SET', KEYS[1], head_bytes(h) .. string.sub(clear, HEAD_BYTES + 1, facts_end) .. result .. tail, 'KEEPTTL')
event(KEYS[2], id, tenant, h.state)

local next_key = 3
if flags % (2 * VERIFICATION) >= VERIFICATION then
  undeliverable(KEYS[3], id, tenant, KEYS[2])
  next_key = 4
end
if flags % (2 * SUPPRESSION) >= SUPPRESSION then
  local cause, strength, life_ms, kept_max = struct.unpack('<BBi8I4', ARGV[5])
  if suppress(KEYS[next_key], KEYS[next_key + 1], cause, strength, life_ms, kept_max, ARGV[6]) == 0 then
    suppression_event(KEYS[2], KEYS[next_key], id, tenant, 1)
  end
end
return {now_ms, 0}
