// Are codes arriving, where are they stuck, whose fault is it, and what can be done now.
import { listen } from "../lib/api.js";
import { area, bars } from "../lib/chart.js";
import { card, empty, h, problem, show, table, tag } from "../lib/dom.js";
import { ago, number, span, time, word } from "../lib/words.js";
import { relayTag } from "../lib/relay.js";

const SLICE_SECONDS = 10;

export async function start(root) {
  const verdict = h("section.verdict", { "aria-live": "polite" }, h("p", { id: "verdict" }, "Looking…"), h("p"));
  const body = h("div.sections");
  root.append(verdict, body);
  await new Promise((heard) => listen(({ now }) => {
    verdict.className = `verdict ${now.verdict.tone}`;
    verdict.dataset.cause = now.verdict.cause;
    show(verdict, h("p", { id: "verdict" }, now.verdict.text), h("p", {}, now.verdict.advice || "Nothing need be done."));
    show(body, figures(now), h("div.halves", {}, traffic(now), queue(now)), h("div.halves", {}, relays(now), providers(now)), failures(now));
    heard();
  }, () => {
    verdict.className = "verdict bad";
    show(verdict, h("p", { id: "verdict" }, "This console has lost the service."), h("p", {}, "It tries again by itself. If it lasts, look whether the process runs."));
    heard();
  }));
}

function figure(name, value, under, tone = "") {
  return h("section.card", {}, h("h2.small.muted", {}, name), h(`p.figure${tone && "." + tone}`, {}, value), h("p.muted.small", {}, under));
}

function figures({ codes, latency, queue }) {
  const failed = codes.deferred + codes.bounced + codes.uncertain + codes.relay_failed;
  const tries = codes.accepted + failed;
  const waiting = queue ? queue.classes.reduce((sum, one) => sum + one.due + one.later + one.leased, 0) : null;
  const oldest = queue?.classes[0].oldest_due;
  return h("div.figures", {},
    figure("Codes accepted", number(codes.accepted), "in the last 15 minutes"),
    figure("Enqueued to accepted, p99", span(latency.p99), latency.p50 === undefined ? "no code was accepted lately" : `half of the codes within ${span(latency.p50)}`, latency.p99 > 10 ? "bad" : ""),
    figure("Tries that failed", tries ? `${((failed / tries) * 100).toFixed(failed / tries < 0.1 ? 1 : 0)} %` : "–", `${number(failed)} of ${number(tries)}, codes only`, failed / tries > 0.2 ? "warn" : ""),
    figure("In the queue", waiting === null ? "–" : number(waiting), oldest ? `oldest code due ${ago(oldest)}` : queue ? "no code is overdue" : "Redis is away", oldest && Date.now() - new Date(oldest) > 10000 ? "bad" : ""));
}

function traffic({ accepted, failed, latency }) {
  const per = (list) => (list.slice(-7, -1).reduce((sum, value) => sum + value, 0) / 6 / SLICE_SECONDS).toFixed(1);
  return card("Traffic",
    h("div", {}, h("div.row.between.small.muted", {}, h("span", {}, "Accepted by relays"), h("span", {}, `${per(accepted)} /s over the last minute, peak ${(Math.max(...accepted) / SLICE_SECONDS).toFixed(1)} /s`)), area(accepted, `Messages accepted in each 10 seconds of the last 15 minutes; at most ${Math.max(...accepted)}`)),
    h("div", {}, h("div.row.between.small.muted", {}, h("span", {}, "Failed tries"), h("span", {}, `${per(failed)} /s, peak ${(Math.max(...failed) / SLICE_SECONDS).toFixed(1)} /s`)), area(failed, `Tries that failed in each 10 seconds of the last 15 minutes; at most ${Math.max(...failed)}`, "warn")),
    h("div.row.between.small.muted", {}, h("span", {}, "15 min ago"), h("span", {}, "now")),
    latency.p50 !== undefined && h("div.stack", {}, h("h3", {}, "Codes: enqueued to accepted"),
      bars([["half", [[latency.p50, ""]], span(latency.p50)], ["95 %", [[latency.p95, ""]], span(latency.p95)], ["99 %", [[latency.p99, ""]], span(latency.p99)]], "Latency of codes")));
}

function queue({ queue: state, holds, processes, slots, slots_used: used, sends }) {
  if (!state) return card("Queue", empty("Redis is away: nobody knows."));
  const rows = state.classes.map((one) => [word(one.mail_class),
    [[one.leased, "good"], [one.due, "bad"], [one.later, ""]], `${number(one.leased + one.due + one.later)}`]);
  return card("Queue", bars(rows, "Messages in the queue by class"),
    table([{ title: "Class" }, { title: "Being sent", number: true }, { title: "Due", number: true }, { title: "Later", number: true }, { title: "Oldest due", number: true }],
      state.classes.map((one) => [word(one.mail_class), number(one.leased), number(one.due), number(one.later), one.oldest_due ? ago(one.oldest_due) : "–"]), "The queue by class"),
    h("div.row", {},
      h("a", { href: "/console/queue" }, `${number(state.parked)} parked`), h("a", { href: "/console/relays" }, `${holds.length} hold${holds.length === 1 ? "" : "s"}`),
      state.held > 0 && tag(`${number(state.held)} held back`, "warn"),
      h("span.muted", {}, sends ? `${used} of ${slots} slots busy${processes > 1 ? ` in ${processes} processes` : ""}` : "no process sends mail")));
}

function relays({ relays: list }) {
  if (!list.length) return card("Relays", empty("No process sends mail: none with the role worker was heard of lately."));
  return card("Relays", table([{ title: "Relay" }, { title: "State" }, { title: "Sessions", number: true }, { title: "Accepted", number: true }, { title: "Failed", number: true }],
    list.map((one) => [h("a", { href: "/console/relays" }, one.id), relayTag(one), `${one.open} of ${one.window}`, number(one.lately?.counts.accepted), number(failedOf(one.lately))]), "Relays over the last 15 minutes"));
}

const failedOf = (one) => (one ? one.counts.deferred + one.counts.bounced + one.counts.uncertain + one.counts.relay_failed : 0);

function providers({ providers: list }) {
  if (!list.length) return card("Providers", empty("No mail lately."));
  return card("Providers", bars(list.map((one) => [one.name,
    [[one.counts.accepted, "good"], [one.counts.deferred, "warn"], [one.counts.bounced, "bad"]],
    `${number(one.counts.accepted)} / ${number(one.counts.deferred + one.counts.bounced)}`]), "Accepted / put off or refused, by provider"),
    h("p.muted.small", {}, "Accepted / put off or refused, over the last 15 minutes."));
}

function failures({ failures: list }) {
  if (!list.length) return card("Last failures", empty("None."));
  return card("Last failures", table([{ title: "When" }, { title: "Message" }, { title: "Relay" }, { title: "Provider" }, { title: "What" }, { title: "Reply" }],
    list.slice(0, 12).map((one) => [time(one.time), h("a.mono", { href: `/console/message?query=${one.message}` }, `${one.message.slice(0, 10)}…`), one.relay, one.provider,
      h("span", {}, tag(word(one.outcome), one.outcome === "bounced" ? "bad" : "warn"), ` ${word(one.failure_class)} at ${one.phase}`), h("code.wrap", {}, one.reply || "–")]), "Last failures"));
}
