-- The record of a message (record.h): reading and writing its head, and its terminal form. Needs lib_time.

local HEAD = '<BBBBBBHi8i8i8i8c16BBHHH'
local ACCEPTED, BOUNCED, UNCERTAIN, SUPERSEDED, CANCELLED, FAILED, PARKED = 4, 5, 6, 8, 9, 11, 12
local DEFERRED = 3

local HELD = 8 -- Of the flags: a hold put the job off, and it stands among the held jobs of its shard.

local function is_held(flags) return flags % (2 * HELD) >= HELD end

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
    h.change_ms, h.accept_ms, h.fingerprint, h.failure, h.scope, h.facts_bytes, h.result_bytes, h.generation =
    struct.unpack(HEAD, bytes)
  return h
end

local function head_bytes(h)
  return struct.pack(HEAD, h.version, h.state, h.class, h.flags, h.attempts, h.uncertain, h.settled, h.create_ms,
    h.deadline_ms, h.change_ms, h.accept_ms, h.fingerprint, h.failure, h.scope, h.facts_bytes, h.result_bytes,
    h.generation)
end

-- Facts without what only a live message needs: skeleton (9), supersede_group (11), traceparent (12). All fields are
-- length-delimited; facts with any other kind come from a newer version and are kept whole.
local function lasting_facts(facts)
  local at, from, kept, size = 1, 1, '', #facts
  while at <= size do
    local tag, a, b, c = string.byte(facts, at, at + 3)
    if tag >= 128 or tag % 8 ~= 2 or not a then return facts end
    local after = at + 2 + a
    if a >= 128 then
      if not b or b >= 128 and not c then return facts end
      after = b < 128 and at + 3 + a - 128 + b * 128 or at + 4 + a - 128 + (b - 128) * 128 + c * 16384
    end
    if tag == 74 or tag == 90 or tag == 98 then
      kept = kept .. string.sub(facts, from, at - 1)
      from = after
    end
    at = after
  end
  return kept .. string.sub(facts, from)
end

-- Writes the terminal form: head, lasting facts, result, no sealed mail. `h` has its final state; `result` nil keeps the present one.
-- `claims` (of the score) become `settled`: the token that ended it, by which a settlement that is repeated is known. With `whole` facts and
-- seal stay as they are: an operator may send the message again.
local function end_record(key, h, claims, result, retention_ms, whole)
  local facts_end = 64 + h.facts_bytes
  if whole then
    local bytes = redis.call('GET', key)
    local sealed_at = facts_end + h.result_bytes + 1
    if not result then result = string.sub(bytes, facts_end + 1, sealed_at - 1) end
    h.result_bytes, h.settled, h.change_ms = #result, claims, now_ms
    redis.call('SET', key, head_bytes(h) .. string.sub(bytes, 65, facts_end) .. result .. string.sub(bytes, sealed_at), 'PX', retention_ms)
    return
  end
  local facts = lasting_facts(redis.call('GETRANGE', key, 64, facts_end - 1))
  if not result then result = redis.call('GETRANGE', key, facts_end, facts_end + h.result_bytes - 1) end
  h.facts_bytes, h.result_bytes, h.settled, h.change_ms = #facts, #result, claims, now_ms
  redis.call('SET', key, head_bytes(h) .. facts .. result, 'PX', retention_ms)
end
