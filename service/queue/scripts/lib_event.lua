-- Appends to a shard's stream: message or verification `id` of `tenant` is in `state` now. REQUIRES: lib_record.lua.
local function event(events_key, now_ms, id, state, tenant)
  redis.call('XADD', events_key, 'MINID', '~', now_ms - RETENTION_MS, '*', 'i', id, 's', state, 't', tenant)
end
