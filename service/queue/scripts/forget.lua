#!lua flags=allow-oom
-- Forgets messages of one recipient, with the verifications that began with them. What is under way is not sent any more unless its dot was:
-- the holder's fence, or its settlement, finds nothing and leaves nothing behind.
--
-- KEYS  1 recipient · 2 its suppression · 3 events · 4 parked jobs · 5 held jobs · 6, 7, 8 lanes of classes 0, 1, 2 · then for each message
--       its record, its attempts, its attachments
-- ARGV  1 tenant · then the messages' ids
-- Returns {now, messages forgotten, those of them that a worker held, whether a suppression stands (0, 1)}
--
-- Limits stay: forgetting gives nobody another try. A suppression stays without its note, so that its recipient is not mailed again.

-- include lib_time.lua
-- include lib_score.lua
-- include lib_record.lua
-- include lib_event.lua
-- include lib_limit.lua
-- include lib_recipient.lua
-- include lib_suppression.lua

local FIRST_LANE, FIRST_MESSAGE = 6, 9
local recipient, suppression, events, parked, held, tenant = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], ARGV[1]

-- Ends what lives, as if it had been cancelled. Whether a worker held it.
local function end_job(h, id)
  local lane = KEYS[FIRST_LANE + h.class]
  local score = tonumber(redis.call('ZSCORE', lane, id))
  redis.call('ZREM', lane, id)
  redis.call('ZREM', parked, id)
  if is_held(h.flags) then redis.call('ZREM', held, held_entry(h.class, id, tenant)) end
  if not is_terminal(h.state) then event(events, id, tenant, ending(CANCELLED, h.uncertain)) end
  return score and is_leased(low_of(score)) and visible_of(score) > now_ms
end

local bodies, forgotten, under_way = {}, 0, 0
for i = 2, #ARGV do
  local id, at = ARGV[i], FIRST_MESSAGE + 3 * (i - 2)
  local h = clear_of(KEYS[at])
  if h then
    forgotten = forgotten + 1
    if end_job(h, id) then under_way = under_way + 1 end
  end
  redis.call('DEL', KEYS[at], KEYS[at + 1], KEYS[at + 2])
  bodies[string.sub(id, 4)] = true
end

local r = recipient_read(recipient)
local messages = ''
for at = 1, #r.messages, MESSAGE_BYTES do
  local one = string.sub(r.messages, at, at + MESSAGE_BYTES - 1)
  if not bodies[string.sub(one, 7)] then messages = messages .. one end
end
for group, one in pairs(r.current) do
  if bodies[one[2]] then r.current[group] = nil end
end
r.messages = messages
if messages == '' then r.keep_ms = 0 end
local _, limits = limits_bytes(r.limits)
if limits > 0 or messages ~= '' or next(r.current) then recipient_write(recipient, r) else redis.call('DEL', recipient) end

return {now_ms, forgotten, under_way, strip_suppression(suppression) and 1 or 0}
