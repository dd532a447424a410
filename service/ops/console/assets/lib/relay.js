// The state of a relay in a word.
import { tag } from "./dom.js";

const STATES = { closed: ["takes mail", "good"], half_open: ["being probed", "warn"], open: ["closed by its breaker", "bad"], suspended: ["suspended: credentials", "bad"] };

export function relayTag(relay) {
  if (relay.hold) return tag("held", "warn");
  const [text, tone] = STATES[relay.breaker];
  if (relay.breaker === "closed" && relay.lately?.failing_since) return tag("failing", "warn");
  return tag(text, tone);
}
