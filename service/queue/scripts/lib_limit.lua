-- The generic cell rate algorithm. A limit is the theoretical arrival time of its next item, in microseconds; `count` items per period on
-- average and `count` at once: interval = period / count. One key holds all limits that count the same thing, '<I4i8' tag and arrival each,
-- because a key costs more memory than what is in it. Needs lib_time.

-- Arrival times by tag.
local function limits_read(key)
  local limits, bytes = {}, redis.call('GET', key) or ''
  for at = 1, #bytes, 12 do
    local tag, arrival = struct.unpack('<I4i8', bytes, at)
    limits[tag] = arrival
  end
  return limits
end

-- Takes one, in `limits` only. Milliseconds until one may be taken; 0: it was.
local function limit_take(limits, tag, interval, period)
  local arrival = limits[tag] or 0
  if arrival < now_us then arrival = now_us end
  arrival = arrival + interval
  local early = arrival - period - now_us
  if early > 0 then return math.ceil(early / 1000) end
  limits[tag] = arrival
  return 0
end

local function limits_write(key, limits)
  local bytes, last = '', 0
  for tag, arrival in pairs(limits) do
    if arrival > now_us then
      bytes = bytes .. struct.pack('<I4i8', tag, arrival)
      if arrival > last then last = arrival end
    end
  end
  redis.call('SET', key, bytes, 'PX', math.ceil((last - now_us) / 1000))
end
