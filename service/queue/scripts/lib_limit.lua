-- The generic cell rate algorithm. A limit is the theoretical arrival time of its next item, in microseconds; `count` items per period on
-- average and `count` at once: interval = period / count. Limits that count the same thing are stored together, '<I4i8' tag and arrival each,
-- because a key costs more memory than what is in it. Needs lib_time.

local LIMIT_BYTES = 12

-- Arrival times by tag, of `count` limits from `at`.
local function limits_of(bytes, at, count)
  local limits = {}
  for _ = 1, count do
    local tag, arrival
    tag, arrival, at = struct.unpack('<I4i8', bytes, at)
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

-- Those that still count, how many they are, and the last arrival (0 = none).
local function limits_bytes(limits)
  local bytes, count, last_us = '', 0, 0
  for tag, arrival in pairs(limits) do
    if arrival > now_us then
      bytes = bytes .. struct.pack('<I4i8', tag, arrival)
      count = count + 1
      if arrival > last_us then last_us = arrival end
    end
  end
  return bytes, count, last_us
end
