-- The score of a job (score.h): exact integers below 2^53. `low` is the part below the time: leased, dot, cancel, claims.

local SCORE_EPOCH_MS = 1700000000000
local LEASED, DOT, CANCEL = 2048, 1024, 512

local function low_of(score) return score % 4096 end
local function visible_of(score) return (score - score % 4096) / 4096 + SCORE_EPOCH_MS end
local function score_at(visible_ms, low) return (visible_ms - SCORE_EPOCH_MS) * 4096 + low end

local function is_leased(low) return low >= LEASED end
local function has_dot(low) return low % LEASED >= DOT end
local function has_cancel(low) return low % DOT >= CANCEL end
