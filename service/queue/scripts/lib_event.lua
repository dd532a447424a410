-- Appends to a shard's stream of events: message or verification `id` of `tenant` is now in `state`. upkeep.lua bounds it.

local function event(events, id, tenant, state)
  redis.call('XADD', events, '*', 'i', id, 's', state, 't', tenant)
end
