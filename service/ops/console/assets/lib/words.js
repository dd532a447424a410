// Numbers and times as people read them.
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const counted = new Intl.NumberFormat(undefined);

export const number = (value) => counted.format(Number(value) || 0);

// "14:02:09", with the day if it is not today.
export function time(text) {
  if (!text) return "";
  const at = new Date(text);
  const today = day.format(at) === day.format(new Date());
  return today ? clock.format(at) : `${day.format(at)} ${clock.format(at)}`;
}

// Seconds as "340 ms", "2.1 s", "5 min", "3 h".
export function span(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  if (seconds < 0.0995) return `${(seconds * 1000).toFixed(seconds < 0.00995 ? 1 : 0)} ms`;
  if (seconds < 0.9995) return `${(seconds * 1000).toFixed(0)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

// A protobuf Duration ("1.5s") as seconds.
export const seconds = (text) => (text ? Number.parseFloat(text) : 0);

export const ago = (text) => (text ? `${span(Math.max(0, (Date.now() - new Date(text)) / 1000))} ago` : "");

// "INVALID_RECIPIENT" as "invalid recipient"; what says nothing as "".
export const word = (name) =>
  !name || name.endsWith("_UNSPECIFIED") ? "" : name.toLowerCase().replaceAll("_", " ");

const TONES = {
  ACCEPTED: "good", QUEUED: "accent", SENDING: "accent", DEFERRED: "warn", UNCERTAIN: "warn", PARKED: "bad",
  BOUNCED: "bad", FAILED: "bad", EXPIRED: "bad", STOPPED: "warn",
};
export const tone = (state) => TONES[state] ?? "";
