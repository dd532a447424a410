-- Ends a PENDING verification whose current message bounced. Needs lib_event, lib_verification.

local function undeliverable(key, id, tenant, events)
  local v = verification_read(key)
  if not v or v.state ~= V_PENDING or v.mail ~= id then return end
  verification_end(v, V_UNDELIVERABLE)
  verification_write(v)
  event(events, v.id, tenant, V_UNDELIVERABLE)
end
