#!lua flags=allow-oom
-- Withdraws one message.
--
-- KEYS  1 its record · 2 its lane · 3 parked jobs · 4 events · 5 its attachments
-- ARGV  1 id · 2 tenant · 3 retention in ms
-- Returns {now, n}: 0 no such message, 1 done, 2 asked for (a worker holds it), 3 too late: lib_withdraw.lua.

-- include lib_time.lua
-- include lib_score.lua
-- include lib_record.lua
-- include lib_event.lua
-- include lib_withdraw.lua

return {now_ms, (withdraw(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1], ARGV[2], false, tonumber(ARGV[3]), KEYS[5]))}
