// Relays and holds: who takes our mail, who does not, and what an operator orders.
import { listen, mayAct } from "../lib/api.js";
import { act } from "../lib/ask.js";
import { card, empty, facts, h, show, table } from "../lib/dom.js";
import { relayTag } from "../lib/relay.js";
import { number, seconds, span, time, word } from "../lib/words.js";

const LENGTHS = [["15", "15 minutes"], ["60", "an hour"], ["240", "4 hours"], ["1440", "a day"]];
const SCOPES = [["ALL", "All mail"], ["MAIL_CLASS", "A class"], ["TENANT", "A tenant"], ["PROVIDER", "A provider"], ["RELAY", "A relay"]];

export async function start(root) {
  const list = h("div.grid");
  const holds = h("div.stack");
  root.append(holds, list);
  await new Promise((heard) => listen(({ now }) => {
    show(holds, ordered(now.holds));
    show(list, ...(now.relays.length ? now.relays.map((one) => relay(one, now.holds)) : [card("", empty("No process sends mail: none with the role worker was heard of lately."))]));
    heard();
  }, heard));
}

// One listener for all that is drawn again and again: what a button does stands in its data.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (!button) return;
  const { do: what, id } = button.dataset;
  if (what === "hold") holdRelay(id);
  else if (what === "hold-other") holdOther();
  else if (what === "release") release(id);
  else if (what === "probe") probe(id);
});

const holdRelay = (id) => act({
  title: `Hold relay ${id}`, text: "Its mail goes to the next relay of its route; where there is none it waits, until the hold ends or its own life does.",
  button: "Hold", name: "CreateHold", fields: [{ name: "minutes", label: "For", options: LENGTHS, value: "60" }],
  request: ({ minutes }) => ({ scope: "RELAY", target: id, ttl: `${minutes * 60}s` }), done: () => `Relay ${id} is held`,
});

const holdOther = () => act({
  title: "Hold mail", text: "What is held is not sent, until the hold ends or the mail's own life does.", button: "Hold", name: "CreateHold",
  fields: [{ name: "scope", label: "What", options: SCOPES, value: "ALL" }, { name: "target", label: "Which: CODE, a tenant, gmail, a relay (empty for all mail)", optional: true }, { name: "minutes", label: "For", options: LENGTHS, value: "60" }],
  request: ({ scope, target, minutes }) => ({ scope, target, ttl: `${minutes * 60}s` }), done: () => "Held",
});

const release = (id) => act({
  title: "End this hold?", text: "What it kept is sent at once.", button: "End the hold", name: "DeleteHold",
  request: () => ({ id }), done: () => "The hold is gone",
});

const probe = (id) => act({
  title: `Probe relay ${id}`, text: "Connects, greets, starts TLS and logs in, without mail.", button: "Probe", name: "ProbeRelay",
  request: () => ({ relay: id }), done: (answer) => probed(id, answer),
});

function probed(id, { passed, phase, reply, failure_class: failure, phase_durations: durations }) {
  if (!passed) return `Relay ${id} refuses us at ${phase}: ${reply || word(failure)}`;
  const took = Object.values(durations ?? {}).reduce((sum, one) => sum + seconds(one), 0);
  return `Relay ${id} would take our mail: it let us in${took ? ` within ${span(took)}` : ""}`;
}

const button = (what, id, text, kind = "button") => h(kind, { type: "button", "data-do": what, "data-id": id, disabled: !mayAct, title: mayAct ? "" : "Needs ops.write" }, text);

function ordered(list) {
  const head = h("div.row.between", {}, h("h2", {}, list.length ? `${list.length} hold${list.length === 1 ? "" : "s"}` : "No holds"), button("hold-other", "", "Hold mail…"));
  if (!list.length) return h("section.card", {}, head);
  return h("section.card.stack", {}, head, table([{ title: "What" }, { title: "Reason" }, { title: "By" }, { title: "Until" }, { title: h("span.hidden", {}, "Action") }],
    list.map((one) => [one.scope === "all" ? "All mail" : `${word(one.scope)} ${one.target}`, h("span.wrap", {}, one.reason), `${one.creator}, ${time(one.create_time)}`, time(one.expire_time), button("release", one.id, "End")]), "Holds"));
}

function relay(one, holds) {
  const { lately } = one;
  const failed = lately ? lately.counts.deferred + lately.counts.bounced + lately.counts.uncertain + lately.counts.relay_failed : 0;
  const hold = holds.find(({ id }) => id === one.hold);
  return h("section.card.stack", { "data-relay": one.id },
    h("div.row.between", {}, h("h2", {}, one.id), relayTag(one)),
    facts([["Host", one.where], ["Tenants", one.tenants.join(", ")], ["Sessions", `${one.open} open, ${one.active} at work, ${one.window} allowed`],
      ["Last 15 min", `${number(lately?.counts.accepted)} accepted, ${number(failed)} failed`],
      ["Failing", lately?.failing_since && `since ${time(lately.failing_since)}`],
      ["Last failure", lately?.last && h("span.wrap", {}, `${word(lately.last.failure_class)} at ${lately.last.phase} `, h("code", {}, lately.last.reply || "no reply"))],
      ["Held", hold && `until ${time(hold.expire_time)}: ${hold.reason}`]]),
    h("div.row", {}, button("probe", one.id, "Probe"), one.hold ? button("release", one.hold, "End the hold") : button("hold", one.id, "Hold")));
}
