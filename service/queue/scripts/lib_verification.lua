-- States of a verification (posthaste.v1.Verification.State); its fields stand in verification_record.h.
local V_PENDING, V_VERIFIED, V_EXPIRED, V_EXHAUSTED, V_SUPERSEDED, V_CANCELLED, V_UNDELIVERABLE = 1, 2, 3, 4, 5, 6, 7
