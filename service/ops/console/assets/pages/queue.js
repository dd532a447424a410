// What waits: by age and provider, and what was set aside.
import { call, listen, mayAct } from "../lib/api.js";
import { act } from "../lib/ask.js";
import { card, empty, h, problem, show, table } from "../lib/dom.js";
import { ago, number, time, word } from "../lib/words.js";

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
    answer = await call("GetQueueShape");
  } catch (error) {
    return show(root, card("Age and provider", problem(error)));
  }
  const { ages, rows } = answer;
  if (!rows.length) return show(root, card("Age and provider", empty("The queue is empty.")));
  const matrix = h("table.matrix", {}, h("caption.hidden", {}, "Messages in the queue by provider and age"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Provider"), ["All", ...ages].map((age) => h("th", { scope: "col" }, age)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, h("th", { scope: "row" }, row.provider), h("td", {}, h("strong", {}, number(row.total))),
      row.counts.map((count) => h("td", { className: heat(count) }, number(count)))))));
  show(root, card("Age and provider", h("div.scroll", { tabindex: "0", role: "group", "aria-label": "Age and provider" }, matrix),
    answer.sampled ? h("p.muted.small", {}, `A sample: ${number(answer.sampled)} messages were looked at.`) : h("p.muted.small", {}, "Age since the message was enqueued.")));
}

async function drawParked(root) {
  let answer;
  try {
    answer = await call("ListParked");
  } catch (error) {
    return show(root, card("Parked", problem(error)));
  }
  if (!answer.parked.length) return show(root, card("Parked", empty("Nothing is set aside.")));
  const redrive = (ids) => act({
    title: ids.length === 1 ? "Send this message again?" : `Send ${ids.length} messages again?`,
    text: "Each gets as much life again as it had. Codes are never sent back.", button: "Redrive", name: "RedriveMessages",
    request: () => ({ ids: ids.join(",") }),
    done: ({ done, results }) => (done === results.length ? `${done} queued again` : `${done} of ${results.length} queued again: ${results.find(({ result }) => result !== "queued again").result}`),
  }).then(() => drawParked(root));
  const button = (ids, text) => h("button", { type: "button", disabled: !mayAct, title: mayAct ? "" : "Needs ops.write", onclick: () => redrive(ids) }, text);
  root.replaceChildren(h("section.card.stack", {},
    h("div.row.between", {}, h("h2", {}, `Parked${answer.more ? ", the first 100" : ""}`), answer.parked.length > 1 && button(answer.parked.map(({ message }) => message.id), "Redrive all of these")),
    table([{ title: "Recipient" }, { title: "What" }, { title: "Parked" }, { title: "Why" }, { title: h("span.hidden", {}, "Action") }],
      answer.parked.map(({ tenant, parked, message }) => [h("a", { href: `/console/message?tenant=${tenant}&id=${message.id}` }, message.masked_recipient), `${message.template_name} · ${tenant}`, `${time(parked)} · ${ago(parked)}`,
        h("span.wrap", {}, message.last_reply || word(message.failure_class) || "several workers died holding it"), button([message.id], "Redrive")]), "Parked messages")));
}
