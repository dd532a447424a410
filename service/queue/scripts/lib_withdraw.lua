-- Withdrawing a message: cancel, and the older mail of a verification or a supersede group. Needs lib_time, lib_score, lib_record,
-- lib_event.
--
-- withdraw(message, lane, parked, events, id, tenant, superseded, retention_ms, attachments), the first four and the last being keys (nil: it
-- can have none), answers
--   0  there is no such message
--   1  it did not leave and never will (now, or since an earlier withdrawal)
--   2  a worker holds it and has not fenced: its fence will refuse; if it gives the job back first, settle ends it
--   3  too late: a dot was sent, or it has ended. One that waits for another try after an uncertain dot is not tried again.
-- and with 1 and 2 whether it is this call that withdrew it.

local function withdraw(message, lane, parked, events, id, tenant, superseded, retention_ms, attachments)
  local h, clear = clear_of(message)
  if not h then return 0 end
  if is_terminal(h.state) then
    return (h.state == CANCELLED or h.state == SUPERSEDED) and 1 or 3
  end
  local score, low = tonumber(redis.call('ZSCORE', lane, id)), 0
  if score then
    low = low_of(score)
    if is_leased(low) then
      if has_dot(low) then return 3 end
      if visible_of(score) > now_ms then
        local first = not has_cancel(low)
        if first then
          redis.call('ZADD', lane, 'XX', score + CANCEL, id)
          if superseded and h.flags % 2 == 0 then
            redis.call('SETRANGE', message, 3, string.char(h.flags + 1))
          end
        end
        return 2, first and h.uncertain == 0
      end
    end
    redis.call('ZREM', lane, id)
  else
    low = h.settled
    redis.call('ZREM', parked, id)
  end
  if superseded and h.flags % 2 == 0 then h.flags = h.flags + 1 end
  h.state = ending(superseded and SUPERSEDED or CANCELLED, h.uncertain)
  end_record(message, h, clear, low % CANCEL, nil, retention_ms, false, attachments)
  event(events, id, tenant, h.state)
  if h.state == UNCERTAIN then return 3 end
  return 1, true
end
