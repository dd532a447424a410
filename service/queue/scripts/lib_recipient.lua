-- What is known of a recipient (recipient.h): its limits, current verifications and last messages, in one string. Needs lib_time, lib_limit.

local RECIPIENT_VERSION, RECIPIENT_HEAD, RECIPIENT_HEAD_BYTES = 1, '<BBBI6', 9
local MESSAGE_BYTES, HISTORY_MAX = 26, 200

local function recipient_read(key)
  local r = {limits = {}, current = {}, messages = '', keep_ms = 0}
  local bytes = redis.call('GET', key)
  if not bytes then return r end
  local version, limits, current
  version, limits, current, r.keep_ms = struct.unpack(RECIPIENT_HEAD, bytes)
  if version ~= RECIPIENT_VERSION then error('a recipient of another version') end
  local at = RECIPIENT_HEAD_BYTES + 1
  r.limits = limits_of(bytes, at, limits)
  at = at + LIMIT_BYTES * limits
  for _ = 1, current do
    local group, keep_ms, body
    group, keep_ms, body, at = struct.unpack('<c6I6c20', bytes, at)
    r.current[group] = {keep_ms, body}
  end
  r.messages = string.sub(bytes, at)
  return r
end

-- The id of the verification that the group points at, without its letter and shard; '' = none.
local function recipient_current(r, group)
  local current = r.current[group]
  return current and current[2] or ''
end

-- The newest message is `id`; keeps it until keep_ms.
local function recipient_add(r, create_ms, id, keep_ms)
  if r.keep_ms <= now_ms then r.messages = '' end
  r.messages = string.sub(r.messages, -MESSAGE_BYTES * (HISTORY_MAX - 1)) .. struct.pack('<I6c20', create_ms, string.sub(id, 4))
  r.keep_ms = math.max(r.keep_ms, keep_ms)
end

local function recipient_write(key, r)
  local limits, count, last_us = limits_bytes(r.limits)
  local current, pointers = '', 0
  for group, one in pairs(r.current) do
    if one[1] > now_ms then
      current = current .. struct.pack('<c6I6c20', group, one[1], one[2])
      pointers = pointers + 1
      r.keep_ms = math.max(r.keep_ms, one[1])
    end
  end
  local until_ms = math.max(r.keep_ms, now_ms + math.ceil((last_us - now_us) / 1000))
  redis.call('SET', key, struct.pack(RECIPIENT_HEAD, RECIPIENT_VERSION, count, pointers, r.keep_ms) .. limits .. current .. r.messages,
    'PXAT', until_ms)
end
