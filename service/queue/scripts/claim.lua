#!lua flags=allow-oom
-- Leases due jobs of one shard: each gets "now + lease, leased, one more claim", and keeps dot and cancel.
--
-- KEYS  1 the lane of class 0 · 2, 3 rings of classes 1, 2 · 4 the armed flag · then lanes of tenants, as learned from earlier answers
-- ARGV  1 jobs at most · 2 the classes in order, "012" · 3 1: arm if nothing is due · 4 quantum · 5 lease in ms · 6 lanes to know per class
--       · 7 how many of the lanes are of class 1, the rest are of class 2 · then the lanes' tenants
-- Returns {now, status, next, tenants 1, tenants 2, for each job: id, score, lane (0 class 0, else its number among the lanes)}.
--   status   0 as asked · 1 moved: the first lane to serve is none of those given, and no job was leased
--   next     when the next job is due, as far as looked (ms; <= now: there is more); -1: nothing waits
--   tenants  those whose lanes to give the next time; false: the ones given will do
-- Tenants of a class take turns, `quantum` jobs each, in the order of their ring: a lane that was served goes to the back. If there is room
-- left after a turn, there is another. A lane without a job leaves the ring.

-- include lib_time.lua
-- include lib_score.lua

local room, quantum, lease_ms, known_max = tonumber(ARGV[1]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local due = score_at(now_ms, 4095)
local next_ms = -1
local plans = {}        -- {lane number, ids and scores as read, how many of them are taken, ring, tenant}, in the order of service
local planned, stuck = 0, false
local tenants = {false, false}  -- What to give the next time, per class.

local function next_at(visible_ms)
  if next_ms < 0 or visible_ms < next_ms then next_ms = visible_ms end
end

-- Reads one job more than a lane may give, to know what comes after.
local function read(plan, want)
  local jobs, have = plan.jobs, #plan.jobs / 2
  local more = redis.call('ZRANGE', plan.key, have, plan.taken + want, 'WITHSCORES')
  for i = 1, #more do jobs[#jobs + 1] = more[i] end
end

-- Takes up to `want` due jobs of a lane; how many it took.
local function take(plan, want)
  read(plan, want)
  local jobs, first = plan.jobs, plan.taken
  while plan.taken - first < want and jobs[2 * plan.taken + 2] and tonumber(jobs[2 * plan.taken + 2]) <= due do
    plan.taken = plan.taken + 1
  end
  local took = plan.taken - first
  room, planned = room - took, planned + took
  return took
end

local lane_numbers = {{}, {}}
for i = 8, #ARGV do
  local class = i - 7 <= tonumber(ARGV[7]) and 1 or 2
  lane_numbers[class][ARGV[i]] = i - 7
end

local function serve_ring(class)
  local ring, known, turn = KEYS[1 + class], lane_numbers[class], {}
  local heads = redis.call('ZRANGE', ring, 0, known_max - 1, 'WITHSCORES')
  for i = 1, #heads, 2 do
    if #heads == 2 * known_max or not known[heads[i]] then tenants[class] = true end
  end
  for i = 1, #heads, 2 do
    local look_us = tonumber(heads[i + 1])
    if look_us > now_us then
      next_at((look_us - look_us % 1000) / 1000)
      break
    end
    if room == 0 then next_at(now_ms) break end
    local number = known[heads[i]]
    if not number then
      stuck = true
      next_at(now_ms)
      break
    end
    local plan = {number = number, key = KEYS[4 + number], ring = ring, tenant = heads[i], jobs = {}, taken = 0}
    plans[#plans + 1] = plan
    if take(plan, math.min(quantum, room)) == quantum then turn[#turn + 1] = plan end
    if i + 2 > #heads and #heads == 2 * known_max then next_at(now_ms) end
  end
  while room > 0 and #turn > 0 and not stuck do
    local again = {}
    for _, plan in ipairs(turn) do
      if room == 0 then break end
      if take(plan, math.min(quantum, room)) == quantum then again[#again + 1] = plan end
    end
    turn = again
  end
end

for class in string.gmatch(ARGV[2], '%d') do
  if room == 0 then
    next_at(now_ms)
    break
  end
  if class == '0' then
    local plan = {number = 0, key = KEYS[1], jobs = {}, taken = 0}
    plans[#plans + 1] = plan
    take(plan, room)
  else
    serve_ring(tonumber(class))
    if stuck then break end
  end
end

local answer = {now_ms, 0, 0, false, false}
local until_ms = now_ms + lease_ms
for _, plan in ipairs(plans) do
  local jobs = plan.jobs
  if plan.taken > 0 then
    local adds = {}
    for i = 1, 2 * plan.taken, 2 do
      local low = low_of(tonumber(jobs[i + 1]))
      local claims = low % CANCEL
      local kept = low % LEASED - claims
      local score = score_at(until_ms, LEASED + kept + math.min(claims + 1, 511))
      adds[i], adds[i + 1] = score, jobs[i]
      local n = #answer
      answer[n + 1], answer[n + 2], answer[n + 3] = jobs[i], score, plan.number
    end
    redis.call('ZADD', plan.key, 'XX', unpack(adds))
  end
  local after = tonumber(jobs[2 * plan.taken + 2])
  local after_ms = after and visible_of(after)
  if after_ms then next_at(after_ms) end
  if plan.ring then
    if not after_ms and plan.taken == 0 then
      redis.call('ZREM', plan.ring, plan.tenant)
    else
      if plan.taken > 0 and (not after_ms or after_ms > until_ms) then after_ms = until_ms end
      redis.call('ZADD', plan.ring, 'XX', after_ms <= now_ms and now_us or after_ms * 1000, plan.tenant)
    end
  end
end

for class = 1, 2 do
  if tenants[class] then answer[3 + class] = redis.call('ZRANGE', KEYS[1 + class], 0, known_max - 1) end
end
answer[3] = next_ms
if stuck and planned == 0 then
  answer[2] = 1
elseif planned == 0 and ARGV[3] == '1' and (next_ms < 0 or next_ms > now_ms) and
    redis.call('PTTL', KEYS[4]) < 2500 then
  redis.call('SET', KEYS[4], '', 'PX', 5000)
end
return answer
