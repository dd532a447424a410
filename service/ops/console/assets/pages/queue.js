// What waits: by age and provider, and what was set aside.
import { call, listen, mayAct } from "../lib/api.js";
import { act } from "../lib/ask.js";
import { card, empty, h, problem, show, table } from "../lib/dom.js";
import { ago, number, seconds, span, time, word } from "../lib/words.js";

export async function start(root) {
  const classes = h("div.stack");
  const shape = h("div.stack");
  const parked = h("div.stack");
  root.append(classes, shape, parked);
  await Promise.all([drawParked(parked), drawShape(shape)]);
  let seen = null;
  await new Promise((heard) => listen(({ now }) => {
    show(classes, byClass(now.queue));
    const fresh = now.queue ? `${now.queue.parked}` : seen;
    if (seen !== null && fresh !== seen) drawParked(parked);
    seen = fresh;
    heard();
  }, heard));
  setInterval(() => drawShape(shape), 10000);
}

function byClass(state) {
  if (!state) return card("By class", empty("Redis is away: nobody knows."));
  return card("By class", table([{ title: "Class" }, { title: "Being sent", number: true }, { title: "Due", number: true }, { title: "Later", number: true }, { title: "Oldest due", number: true }],
    state.classes.map((one) => [word(one.mail_class), number(one.leased), number(one.due), number(one.later), one.oldest_due ? ago(one.oldest_due) : "–"]), "The queue by class"));
}

// Darker is more, on a logarithmic scale of four steps.
const heat = (value) => (value === 0 ? "zero" : value < 10 ? "heat1" : value < 100 ? "heat2" : value < 1000 ? "heat3" : "heat4");

async function drawShape(root) {
  let answer;
  try {
    answer = await call("GetQueueStats", { shape: true });
  } catch (error) {
    return show(root, card("Age and provider", problem(error)));
  }
  const rows = byProvider(answer.shape);
  if (!rows.length) return show(root, card("Age and provider", empty("The queue is empty.")));
  const bounds = answer.age_bounds.map(seconds);
  const ages = [...bounds.map((bound) => `≤ ${span(bound)}`), `> ${span(bounds.at(-1))}`];
  const matrix = h("table.matrix", {}, h("caption.hidden", {}, "Messages in the queue by provider and age"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Provider"), ["All", ...ages].map((age) => h("th", { scope: "col" }, age)))),
    h("tbody", {}, rows.map(([provider, counts]) => h("tr", {}, h("th", { scope: "row" }, provider), h("td", {}, h("strong", {}, number(sum(counts)))),
      counts.map((count) => h("td", { className: heat(count) }, number(count)))))));
  show(root, card("Age and provider", h("div.scroll", { tabindex: "0", role: "group", "aria-label": "Age and provider" }, matrix),
    h("p.muted.small", {}, `Age since the message was enqueued.${answer.shape_truncated ? " There is more than was looked at." : ""}`)));
}

const sum = (counts) => counts.reduce((total, count) => total + count, 0);

// The rows of all classes together: [provider, counts by age].
function byProvider(shape) {
  const rows = new Map();
  for (const { provider, counts } of shape) {
    const row = rows.get(provider) ?? counts.map(() => 0);
    rows.set(provider, row.map((count, i) => count + Number(counts[i])));
  }
  return [...rows].sort(([, a], [, b]) => sum(b) - sum(a));
}

const OUTCOMES = { REDRIVEN: "queued again", NOT_FOUND: "no longer there", NOT_IN_REACH: "neither parked nor uncertain", CODE: "a code: nobody waits for it any more", UNREADABLE: "its seal does not open", SPENT: "claimed as often as can be", SUPPRESSED: "its recipient is suppressed", SUPERSEDED: "a newer message took its place", CHANGED: "changed meanwhile, look again" };

async function drawParked(root) {
  let answer;
  try {
    answer = await call("ListParked");
  } catch (error) {
    return show(root, card("Parked", problem(error)));
  }
  const parked = answer.results.filter(({ message }) => message);
  if (!parked.length) return show(root, card("Parked", empty("Nothing is set aside.")));
  const redrive = (ids) => act({
    title: ids.length === 1 ? "Send this message again?" : `Send ${ids.length} messages again?`,
    text: "Each gets as much life again as it had. Codes are never sent back.", button: "Redrive", name: "RedriveMessages",
    request: () => ({ ids }),
    done: ({ results }) => {
      const other = results.find(({ outcome }) => outcome !== "REDRIVEN");
      return `${results.filter(({ outcome }) => outcome === "REDRIVEN").length} queued again${other ? `; ${other.id}: ${OUTCOMES[other.outcome]}` : ""}`;
    },
  }).then(() => drawParked(root));
  const button = (ids, text) => h("button", { type: "button", disabled: !mayAct, title: mayAct ? "" : "Needs ops.write", onclick: () => redrive(ids) }, text);
  root.replaceChildren(h("section.card.stack", {},
    h("div.row.between", {}, h("h2", {}, `Parked${answer.next_page_token ? ", the first 200" : ""}`), parked.length > 1 && button(parked.map(({ message }) => message.id), "Redrive all of these")),
    table([{ title: "Recipient" }, { title: "What" }, { title: "Parked" }, { title: "Why" }, { title: h("span.hidden", {}, "Action") }],
      parked.map(({ tenant, outcome, park_time: since, message }) => [h("a", { href: `/console/message?tenant=${tenant}&id=${message.id}` }, message.masked_recipient), `${message.template_name} · ${tenant}`, `${time(since)} · ${ago(since)}`,
        h("span.wrap", {}, whyParked(outcome, message)), button([message.id], "Redrive")]), "Parked messages")));
}

// A job is set aside for one of three reasons, and what a relay said of it before is none of them.
function whyParked(outcome, { last_reply: reply, failure_class: failed }) {
  const why = { REDRIVEN: "several workers died holding it", UNREADABLE: "it cannot be read: its seal does not open, or its skeleton is gone", SPENT: "it was claimed as often as can be" }[outcome] ?? "several workers died holding it, or it cannot be read";
  const before = reply || word(failed);
  return before ? `${why}; before that: ${before}` : why;
}
