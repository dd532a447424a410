-- A verification, in the record of the message that began it (verification_record.h). States are posthaste.v1.Verification.State. Needs
-- lib_time, lib_record.

local V_PENDING, V_VERIFIED, V_EXPIRED, V_EXHAUSTED, V_SUPERSEDED, V_CANCELLED, V_UNDELIVERABLE = 1, 2, 3, 4, 5, 6, 7
local TOMBSTONE_MS = 86400000

-- From head and clear bytes of its record; nil if none began with that message, or it ended so long ago that it is no longer known. `id` is
-- the verification's, `mail` that of its newest message.
local function verification_of(key, h, clear)
  if not h or h.verification_bytes == 0 then return nil end
  local v = {key = key}
  local size, at
  v.state, v.flags, v.guesses, v.revision, v.expire_ms, v.end_ms, size, at = struct.unpack('<BBHI4I6I6B', clear, HEAD_BYTES + 1)
  if (v.state == V_PENDING and v.expire_ms or v.end_ms) + TOMBSTONE_MS <= now_ms then return nil end
  local first = string.match(key, '[^:]*$')
  v.id = 'v' .. string.sub(first, 2)
  v.mail = size == 0 and first or string.sub(clear, at, at + size - 1)
  return v
end

local function verification_read(key) return verification_of(key, clear_of(key)) end

-- Writes what scripts change of it.
local function verification_write(v)
  redis.call('SETRANGE', v.key, HEAD_BYTES, struct.pack('<BBHI4I6I6', v.state, v.flags, v.guesses, v.revision, v.expire_ms, v.end_ms))
end

-- It has ended in `state`, now.
local function verification_end(v, state)
  v.state, v.revision, v.end_ms = state, v.revision + 1, now_ms
end
