#!lua flags=allow-oom
-- Forgets what a recipient was held against. What else is known of it stays.
--
-- KEYS  the recipients whose limits these are, then failure budgets
-- ARGV  1 how many of the keys are recipients
-- Returns {now, limits that had counted something, then for each failure budget the wrong guesses that were in it}

-- include lib_time.lua
-- include lib_limit.lua
-- include lib_recipient.lua

local recipients = tonumber(ARGV[1])
local answer, read = {now_ms, 0}, {}
for i = 1, recipients do
  read[i] = recipient_read(KEYS[i])
  local _, count = limits_bytes(read[i].limits)
  answer[2] = answer[2] + count
end
for i = recipients + 1, #KEYS do answer[#answer + 1] = tonumber(redis.call('GET', KEYS[i]) or 0) end

for i = 1, recipients do
  if next(read[i].limits) then
    read[i].limits = {}
    if read[i].keep_ms > now_ms then recipient_write(KEYS[i], read[i]) else redis.call('DEL', KEYS[i]) end
  end
end
if #KEYS > recipients then redis.call('DEL', unpack(KEYS, recipients + 1)) end
return answer
