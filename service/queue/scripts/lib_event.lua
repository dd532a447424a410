-- Appends to a shard's stream of events: message or verification `id` of `tenant` is now in `state`. What is older than 72 h goes. Needs
-- lib_time.

local function event(events, id, tenant, state)
  redis.call('XADD', events, 'MINID', '~', now_ms - 259200000, '*', 'i', id, 's', state, 't', tenant)
end
