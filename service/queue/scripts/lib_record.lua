-- The record of a message (record.h): reading and writing its head, and its terminal form. Needs lib_time.

local HEAD, HEAD_BYTES = '<BBBBBBHI6I6I6I6c8BBHHHH', 50
local ACCEPTED, BOUNCED, UNCERTAIN, SUPERSEDED, CANCELLED, FAILED, PARKED = 4, 5, 6, 8, 9, 11, 12

local HELD = 8 -- Of the flags: a hold put the job off, and it stands among the held jobs of its shard.
local ATTACHMENTS = 32 -- Of the flags: the message has attachments, under a key of their own.
local VERSION = 2 -- Of a record without.

local function is_held(flags) return flags % (2 * HELD) >= HELD end

local function has_attachments(flags) return flags % (2 * ATTACHMENTS) >= ATTACHMENTS end

-- The job's entry among the held jobs.
local function held_entry(class, id, tenant) return class .. id .. ':' .. tenant end

local function is_terminal(state) return state >= ACCEPTED and state <= FAILED end

-- A message of which a dot may have arrived never ends as one of which none did.
local function ending(state, uncertain)
  if uncertain > 0 and state ~= ACCEPTED then return UNCERTAIN end
  return state
end

local function head_of(bytes)
  local h = {}
  h.version, h.state, h.class, h.flags, h.attempts, h.uncertain, h.settled, h.create_ms, h.deadline_ms,
    h.change_ms, h.accept_ms, h.fingerprint, h.failure, h.scope, h.generation, h.verification_bytes, h.facts_bytes,
    h.result_bytes = struct.unpack(HEAD, bytes)
  return h
end

local function head_bytes(h)
  return struct.pack(HEAD, h.version, h.state, h.class, h.flags, h.attempts, h.uncertain, h.settled, h.create_ms,
    h.deadline_ms, h.change_ms, h.accept_ms, h.fingerprint, h.failure, h.scope, h.generation, h.verification_bytes,
    h.facts_bytes, h.result_bytes)
end

-- Where the result begins, and what lies behind it: bytes before them.
local function result_at(h) return HEAD_BYTES + h.verification_bytes + h.facts_bytes end
local function tail_at(h) return result_at(h) + h.result_bytes end

-- Head and all bytes of a record before its tail; nil if there is none.
local function clear_of(key)
  local bytes = redis.call('GETRANGE', key, 0, 383)
  if #bytes < HEAD_BYTES then return nil end
  local h = head_of(bytes)
  local size = tail_at(h)
  if size > #bytes then bytes = redis.call('GETRANGE', key, 0, size - 1) end
  return h, string.sub(bytes, 1, size)
end

-- Writes the terminal form: head, verification, facts, result, and no tail. `h` has its final state, `clear` is what clear_of read; `result`
-- nil keeps the present one. `claims` (of the score) become `settled`: the token that ended it, by which a settlement that is repeated is
-- known. With `whole` the tail stays: an operator may send the message again. The message's attachments share the fate of the tail;
-- `attachments` is their key, nil where there can be none.
local function end_record(key, h, clear, claims, result, retention_ms, whole, attachments)
  local tail = whole and redis.call('GETRANGE', key, #clear, -1) or ''
  local facts_end = result_at(h)
  if not result then result = string.sub(clear, facts_end + 1) end
  if has_attachments(h.flags) then
    if whole then
      if attachments then redis.call('PEXPIRE', attachments, retention_ms) end
    else
      if attachments then redis.call('DEL', attachments) end
      h.flags, h.version = h.flags - ATTACHMENTS, VERSION
    end
  end
  h.result_bytes, h.settled, h.change_ms = #result, claims, now_ms
  redis.call('SET', key, head_bytes(h) .. string.sub(clear, HEAD_BYTES + 1, facts_end) .. result .. tail, 'PX', retention_ms)
end
