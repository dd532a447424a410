-- The generic cell rate algorithm. A limit is stored as the theoretical arrival time of its next item, in microseconds; `count` items per
-- period on average and `count` at once: interval = period / count. Needs lib_time.

-- Milliseconds until one may be taken; if 0, also the arrival time to store.
local function limit_ask(key, interval, period)
  local arrival = tonumber(redis.call('GET', key) or 0)
  if arrival < now_us then arrival = now_us end
  arrival = arrival + interval
  local early = arrival - period - now_us
  if early > 0 then return math.ceil(early / 1000) end
  return 0, arrival
end

local function limit_take(key, arrival)
  redis.call('SET', key, arrival, 'PX', math.ceil((arrival - now_us) / 1000))
end
