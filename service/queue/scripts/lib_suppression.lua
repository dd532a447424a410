-- The suppression list (suppression.h): a recipient's key, and the index of its tenant in its shard. Needs lib_time, lib_event.

local SOFT = 1
local SUPPRESSION_HEAD = '<BBBBi8i8'
local SUPPRESSION_HEAD_BYTES = 20
local NEVER = 4503599627370496 -- 2^52: what has no end stands behind all that has one, the newest last.

-- The index lives as long as its last entry.
local function keep_index(index)
  local last = redis.call('ZRANGE', index, -1, -1, 'WITHSCORES')
  if not last[2] then return end
  if tonumber(last[2]) >= NEVER then redis.call('PERSIST', index) else redis.call('PEXPIREAT', index, last[2]) end
end

-- Lets the suppression stand for life_ms (0 = for good). 0: it stands · 1: a stronger one stands already · 2: the index holds kept_max. One
-- of the same cause keeps the time since when it stands.
local function suppress(key, index, cause, strength, life_ms, kept_max, facts)
  local old = redis.call('GETRANGE', key, 0, SUPPRESSION_HEAD_BYTES - 1)
  local create_ms = now_ms
  if #old == SUPPRESSION_HEAD_BYTES then
    local _, was, stands, _, since = struct.unpack(SUPPRESSION_HEAD, old)
    if stands > strength then return 1 end
    if was == cause and stands == strength then create_ms = since end
  end
  redis.call('ZREMRANGEBYSCORE', index, '-inf', now_ms)
  local member = string.match(key, '[^:]*$')
  if not redis.call('ZSCORE', index, member) and redis.call('ZCARD', index) >= kept_max then return 2 end
  local expire_ms = life_ms > 0 and now_ms + life_ms or 0
  redis.call('SET', key, struct.pack(SUPPRESSION_HEAD, 1, cause, strength, 0, create_ms, expire_ms) .. facts)
  if expire_ms > 0 then redis.call('PEXPIREAT', key, expire_ms) end
  redis.call('ZADD', index, expire_ms > 0 and expire_ms or NEVER + create_ms, member)
  keep_index(index)
  return 0
end

-- Tells that the suppression in `key`, of the same shard as `id`, stands (1) or is gone (2).
local function suppression_event(events, key, id, tenant, state)
  event(events, 's' .. string.sub(id, 2, 3) .. string.match(key, '[^:]*$'), tenant, state)
end

-- Ends what stands, unless it is stronger than `strongest`. What stood, or nil.
local function unsuppress(key, index, strongest)
  local old = redis.call('GET', key)
  if not old or (string.byte(old, 3) or 0) > strongest then return nil end
  redis.call('DEL', key)
  redis.call('ZREM', index, string.match(key, '[^:]*$'))
  return old
end

-- Takes the note (who, why, whose words) off what stands. Whether something does.
local function strip_suppression(key)
  local head = redis.call('GETRANGE', key, 0, SUPPRESSION_HEAD_BYTES - 1)
  if #head < SUPPRESSION_HEAD_BYTES then return false end
  redis.call('SET', key, head, 'KEEPTTL')
  return true
end
