#!lua flags=allow-oom
-- Ends parked jobs whose time is over, and bounds the stream of events: what is older than 72 h goes, and what is too much. Run now and then by every worker; twice is the same as once.
--
-- KEYS  1 parked jobs · 2 events · then for each parked job its record, its attachments
-- ARGV  1 jobs parked at or before this are over · 2 retention in ms · 3 events at the most · then for each job: id, tenant
-- Returns {now, how many ended, how many events went because of the bound}.

-- include lib_time.lua
-- include lib_record.lua
-- include lib_event.lua

local EVENTS_MS = 259200000
local ended = 0
for i = 1, #KEYS - 2, 2 do
  local key, attachments, id, tenant = KEYS[2 + i], KEYS[3 + i], ARGV[3 + i], ARGV[4 + i]
  local parked_ms = tonumber(redis.call('ZSCORE', KEYS[1], id))
  if parked_ms and parked_ms <= tonumber(ARGV[1]) then
    redis.call('ZREM', KEYS[1], id)
    local h, clear = clear_of(key)
    if h and h.state == PARKED then
      h.state = ending(FAILED, h.uncertain)
      end_record(key, h, clear, h.settled, nil, tonumber(ARGV[2]), false, attachments)
      event(KEYS[2], id, tenant, h.state)
      ended = ended + 1
    end
  end
end
redis.call('XTRIM', KEYS[2], 'MINID', '~', now_ms - EVENTS_MS)
return {now_ms, ended, redis.call('XTRIM', KEYS[2], 'MAXLEN', '~', ARGV[3])}
