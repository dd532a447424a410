-- Redis' clock, the only one that decides about jobs. Frozen for the length of a script.

local now_ms, now_us
do
  local time = redis.call('TIME')
  now_us = time[1] * 1000000 + time[2]
  now_ms = (now_us - now_us % 1000) / 1000
end
