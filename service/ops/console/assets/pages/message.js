// What became of a message: found by its id or its recipient, told in plain words.
import { call, mayAct } from "../lib/api.js";
import { act } from "../lib/ask.js";
import { card, empty, facts, h, problem, table, tag } from "../lib/dom.js";
import { ago, seconds, span, time, tone, word } from "../lib/words.js";

const PHASES = ["connect", "greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "dot"];
const LIVE = ["QUEUED", "SENDING", "DEFERRED", "PARKED"];

export async function start(root) {
  const given = new URLSearchParams(location.search);
  const query = h("input", { type: "search", name: "query", value: given.get("query") ?? "", placeholder: "ana@example.com, or m…", "aria-label": "Message id or recipient", autocomplete: "off", spellcheck: false });
  root.append(h("section.card.stack", {},
    h("form.row", { role: "search" }, h("div.grow", {}, query), h("button.primary", {}, "Find")),
    h("div.row", {}, h("span.muted", {}, "Or all that are"),
      LIVE.map((state) => h("a.button", { href: `?state=${state}`, "aria-current": given.get("state") === state && "true" }, word(state))))));
  const found = h("div.sections");
  root.append(found);
  if (given.get("id")) found.append(...await detail(given.get("tenant"), given.get("id")));
  else if (given.get("query") || given.get("state")) found.append(await results(given));
  else query.focus();
}

async function results(given) {
  const { messages } = await call("FindMessages", { query: (given.get("query") ?? "").trim(), state: given.get("state") ?? "" });
  if (messages.length === 0)
    return card("", empty("No such message. Messages are remembered for 72 hours after their end; an address must be whole."));
  if (messages.length === 1 && given.get("query")) {
    const [{ tenant, message }] = messages;
    return h("div.sections", {}, ...await detail(tenant, message.id));
  }
  messages.sort((a, b) => b.message.create_time.localeCompare(a.message.create_time));
  return card(`${messages.length} message${messages.length === 1 ? "" : "s"}`, table(
    [{ title: "Recipient" }, { title: "State" }, { title: "What" }, { title: "Fate" }, { title: "Enqueued" }],
    messages.map(({ tenant, sentence, message }) => [
      h("a", { href: `?tenant=${tenant}&id=${message.id}` }, message.masked_recipient),
      tag(word(message.state), tone(message.state)), `${message.template_name} · ${tenant}`,
      h("span.wrap", {}, message.last_reply && message.state !== "ACCEPTED" ? `${sentence}: ${message.last_reply}` : sentence),
      time(message.create_time)]), "Messages"));
}

async function detail(tenant, id) {
  const one = await call("GetMessage", { tenant, id });
  const { message } = one;
  const attempts = one.attempts.attempts ?? [];
  const cancel = () => act({
    title: "Withdraw this message?", text: "It will not be sent, unless its dot is out already.", button: "Withdraw",
    name: "CancelMessage", request: () => ({ tenant, id }), done: () => "Withdrawn",
  }).then((done) => done && location.reload());
  return [
    h("section.verdict", { className: `verdict ${tone(message.state)}` },
      h("p", { id: "fate" }, `To ${message.masked_recipient}: ${one.sentence}.`),
      message.last_reply && message.state !== "ACCEPTED" && h("p.wrap", {}, "The relay said: ", h("code", {}, message.last_reply)),
      one.advice && message.state !== "ACCEPTED" && h("p", {}, one.advice),
      message.hold_reason && h("p", {}, `Held: ${message.hold_reason}`)),
    h("div.halves", {},
      card("Facts", facts([
        ["State", tag(word(message.state), tone(message.state))], ["Id", h("span.mono.wrap", {}, message.id)], ["Tenant", tenant],
        ["What", `${message.template_name}, ${message.locale}`], ["Class", word(message.mail_class)], ["Relay", message.relay],
        ["Why", word(message.failure_class)], ["Attempts", String(message.attempt_count)],
        ["Doubtful", message.uncertain_attempts ? String(message.uncertain_attempts) : ""],
        ["Deadline", time(message.deadline)], ["Next try", message.state === "DEFERRED" || message.state === "QUEUED" ? time(message.next_attempt_time) : ""],
        ["Labels", Object.entries(message.labels ?? {}).map(([key, value]) => `${key}=${value}`).join(", ")]]),
        mayAct && LIVE.includes(message.state) && h("div", {}, h("button.danger", { onclick: cancel }, "Withdraw"))),
      card("Timeline", timeline(message, attempts))),
    ...attempts.map(attempt).reverse(),
    attempts.length === 0 && card("Attempts", empty("No relay was tried yet.")),
  ].filter(Boolean);
}

function timeline(message, attempts) {
  const events = [[message.create_time, "", "Enqueued: durably taken"]];
  for (const one of attempts)
    events.push([one.start_time, tone(one.outcome) || "warn", `Attempt ${one.number} by ${one.relay}: ${word(one.outcome) || "the relay failed"}${one.failure_class && word(one.failure_class) ? `, ${word(one.failure_class)}` : ""}`]);
  if (message.state === "ACCEPTED") events.push([message.relay_accept_time, "good", `Accepted by ${message.relay}`]);
  else if (!LIVE.includes(message.state)) events.push([message.update_time, tone(message.state), `Ended: ${word(message.state)}`]);
  else if (message.next_attempt_time) events.push([message.next_attempt_time, "accent", "Next try"]);
  return h("ol.timeline", {}, events.map(([at, kind, text]) =>
    h("li", {}, h("time", { datetime: at }, time(at)), h(`span.dot${kind && "." + kind}`), h("span.wrap", {}, text))));
}

function attempt(one) {
  const spans = PHASES.filter((phase) => one.phase_durations?.[phase]).map((phase) => [phase, seconds(one.phase_durations[phase])]);
  const longest = Math.max(...spans.map(([, took]) => took), 1e-9);
  const bars = h("div.bars", { role: "img", "aria-label": `Time of each phase: ${spans.map(([phase, took]) => `${phase} ${span(took)}`).join(", ")}` },
    spans.map(([phase, took]) => {
      const bar = h("span");
      bar.style.width = `${Math.max(1, (took / longest) * 100)}%`;
      return h("div", {}, h("span", {}, phase), h("span.track", {}, bar), h("span", {}, span(took)));
    }));
  const { tls } = one;
  return card(`Attempt ${one.number}`,
    h("div.halves", {},
      facts([["Outcome", tag(word(one.outcome) || "relay failed", tone(one.outcome) || "warn")], ["Why", word(one.failure_class)], ["Began", `${time(one.start_time)} · ${ago(one.start_time)}`],
        ["Relay", `${one.relay}${one.address ? ` at ${one.address}` : ""}`], ["Ended in", one.phase], ["Reply", one.reply && h("code.wrap", {}, one.reply)],
        ["TLS", tls?.version ? `${tls.version}, ${tls.cipher}, ${tls.verified ? "verified" : "not verified"}` : "none: clear text"]]),
      h("div.stack", {}, h("h3", {}, `Phases, ${span(spans.reduce((sum, [, took]) => sum + took, 0))} in all`), bars)),
    one.transcript && h("details", {}, h("summary", {}, "Transcript"), h("pre", {}, one.transcript)));
}
