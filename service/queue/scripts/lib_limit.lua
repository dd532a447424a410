-- The generic cell rate algorithm: a limit is the theoretical arrival time of its next item, in microseconds. `count` items per period on
-- average and `count` at once: interval = period / count.

-- Milliseconds until one may be taken, and nothing; or 0 and the arrival time to store.
local function limit_ask(key, interval, period, now_us)
  local arrival = tonumber(redis.call('GET', key) or 0)
  if arrival < now_us then arrival = now_us end
  arrival = arrival + interval
  local early = arrival - period - now_us
  if early > 0 then return math.ceil(early / 1000) end
  return 0, arrival
end

local function limit_take(key, arrival, now_us)
  redis.call('SET', key, arrival, 'PX', math.ceil((arrival - now_us) / 1000))
end
