-- Ends a PENDING verification whose current message bounced. Needs lib_event, lib_verification.

local function undeliverable(key, id, tenant, events, tombstone_ms)
  local v = redis.call('HMGET', key, 's', 'm', 'r')
  if tonumber(v[1]) ~= V_PENDING or v[2] ~= id then return end
  redis.call('HSET', key, 's', V_UNDELIVERABLE, 'r', v[3] + 1)
  redis.call('PEXPIRE', key, tombstone_ms)
  event(events, string.match(key, '[^:]*$'), tenant, V_UNDELIVERABLE)
end
