-- The ring of a class: a ZSET of tenants by the microsecond at which their lane is to be looked at next. A lane that holds a job is in
-- its ring, and no later than the lane's first job is visible; a lane that was served goes to the back by getting the present time.

-- A job of `tenant` becomes visible at `visible_ms`. Never later than what stands: LT.
local function ring_in(ring, tenant, visible_ms)
  redis.call('ZADD', ring, 'LT', visible_ms * 1000, tenant)
end
