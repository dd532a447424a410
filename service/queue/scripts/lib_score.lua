-- Scores (score.h): exact integers below 2^53.
local SCORE_EPOCH_MS = 1700000000000
local LEASED, DOT, CANCEL, CLAIMS_MAX = 2048, 1024, 512, 511

-- visible_ms, leased, dot, cancel (booleans), claims.
local function score_parts(score)
  local bits = score % 4096
  return (score - bits) / 4096 + SCORE_EPOCH_MS, bits >= 2048, bits % 2048 >= 1024, bits % 1024 >= 512, bits % 512
end
