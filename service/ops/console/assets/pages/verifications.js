// From the code that was sent to the person who typed it: by purpose, and by provider.
import { call } from "../lib/api.js";
import { bars } from "../lib/chart.js";
import { card, empty, h, problem, show, table } from "../lib/dom.js";
import { number, word } from "../lib/words.js";

const sum = (counts, ...names) => names.reduce((total, name) => total + (counts?.[name] ?? 0), 0);
const percent = (part, whole) => (whole ? `${Math.round((part / whole) * 100)} %` : "–");

export async function start(root) {
  async function draw() {
    try {
      show(root, ...page(await call("ListConversions")));
    } catch (error) {
      show(root, problem(error));
    }
  }
  await draw();
  setInterval(draw, 5000);
}

function page({ verifications, checks, accepted, verified }) {
  const checked = Object.fromEntries(checks.map(({ name, counts }) => [name, counts]));
  const rows = verifications.map(({ name, counts }) => {
    const sent = sum(counts, "created", "resent");
    const matched = sum(checked[name], "MATCHED");
    const wrong = Object.entries(checked[name] ?? {}).reduce((total, [result, value]) => total + (result === "MATCHED" ? 0 : value), 0);
    return { name, sent, begun: sum(counts, "created"), matched, wrong };
  });
  if (!rows.length) return [card("", empty("No codes since this process began."))];
  const total = (key) => rows.reduce((all, row) => all + row[key], 0);
  const codes = accepted.map(({ name, counts }) => ({ name, accepted: sum(counts, "CODE"), verified: Object.values(verified.find((one) => one.name === name)?.counts ?? {}).reduce((all, value) => all + value, 0) })).filter((one) => one.accepted);
  const acceptedAll = codes.reduce((all, one) => all + one.accepted, 0);
  return [
    card("From sent to verified",
      bars([["Sent", [[total("sent"), ""]], number(total("sent"))], ["Accepted", [[acceptedAll, ""]], number(acceptedAll)],
        ["Checked", [[total("matched") + total("wrong"), ""]], number(total("matched") + total("wrong"))], ["Verified", [[total("matched"), "good"]], number(total("matched"))]], "Codes"),
      h("p.muted.small", {}, "Since this process began, by what it has seen itself: where roles are split, API processes see what is sent and checked, workers what is accepted.")),
    h("div.halves", {},
      card("By purpose", table([{ title: "Purpose" }, { title: "Begun", number: true }, { title: "Sent", number: true }, { title: "Wrong guesses", number: true }, { title: "Verified", number: true }, { title: "Share", number: true }],
        rows.map((row) => [word(row.name), number(row.begun), number(row.sent), number(row.wrong), number(row.matched), percent(row.matched, row.begun)]), "Verifications by purpose")),
      card("By provider", codes.length ? table([{ title: "Provider" }, { title: "Accepted", number: true }, { title: "Verified", number: true }, { title: "Share", number: true }],
        codes.map((one) => [one.name, number(one.accepted), verified.length ? number(one.verified) : "–", verified.length ? percent(one.verified, one.accepted) : "–"]), "Verifications by provider") : empty("No code was accepted yet."))),
  ];
}
