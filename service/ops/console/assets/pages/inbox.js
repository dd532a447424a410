// The sandbox's mail: sent from here or from elsewhere, read here.
import { call, listen } from "../lib/api.js";
import { card, empty, facts, h, note, problem, show, table, tabs, tag } from "../lib/dom.js";
import { ago, time, word } from "../lib/words.js";

// What can be sent: its name, the call, what goes into the request beside recipient and language.
const KINDS = {
  code: ["Verification code", "SendVerificationCode", () => ({ purpose: "sign_in" })],
  password: ["Password changed", "SendPasswordChanged", () => ({ change_time: new Date().toISOString() })],
  sign_in: ["New sign-in", "SendNewSignIn", () => ({})],
  mfa: ["Two-step sign-in switched on", "SendMfaChanged", () => ({ change: "ENABLED" })],
};

export async function start(root) {
  const list = h("div.card");
  const detail = h("div.stack");
  const { templates } = await call("ListTemplates");
  root.append(sender(templates.find(({ name }) => name === "verification_code")?.locales ?? ["en"]), h("div.split", {}, list, detail));
  let chosen = new URLSearchParams(location.search).get("id");

  async function choose(id, push = true) {
    chosen = id;
    if (push) history.pushState({}, "", `?id=${id}`);
    await refresh();
    detail.replaceChildren(mail(await call("GetMail", { id })));
  }
  async function refresh() {
    const { mails } = await call("ListMail");
    if (!chosen && mails.length) chosen = mails[0].id;
    show(list, mails.length ? choices(mails) : empty("No mail yet. Send yourself one."));
  }
  const choices = (mails) => h("ul.choices", { "aria-label": "Mail, newest first" }, mails.map((one) =>
    h("li", {}, h("a", { href: `?id=${one.id}`, "aria-current": one.id === chosen && "true", "data-id": one.id },
      h("span.row.between", {}, h("strong.line", {}, one.rcpt_to), h("span.muted.small", {}, time(one.time))),
      h("span.line", {}, one.subject || "(no subject)")))));

  list.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-id]");
    if (!link) return;
    event.preventDefault();
    choose(link.dataset.id).catch((error) => detail.replaceChildren(problem(error)));
  });
  addEventListener("popstate", () => choose(new URLSearchParams(location.search).get("id") ?? chosen, false));
  await refresh();
  if (chosen) await choose(chosen, false);
  else detail.replaceChildren(card("", empty("Mail that you choose is shown here.")));
  let newest = null;
  listen(async ({ inbox }) => {
    if (newest !== null && inbox !== newest && inbox) await choose(inbox, false);
    newest = inbox;
  });
}

function mail(one) {
  const parts = [
    one.has_html && ["HTML", () => h("iframe.frame", { src: `/console/preview/mail?id=${one.id}`, sandbox: "", title: "The mail as HTML" })],
    ["Text", () => h("pre", {}, one.text || "(no text part)")],
    one.parts.length > 0 && [`Attachments (${one.parts.length})`, () => table(
      [{ title: "Name" }, { title: "Type" }, { title: "Bytes" }, { title: "" }],
      one.parts.map(({ name, type, bytes, shown }) => [h("span.wrap", {}, name || "(no name)"), type, String(bytes), shown ? "shown in the page" : "a file"]),
      "Attachments")],
    ["Headers", () => table([{ title: "Name" }, { title: "Value" }], one.headers.map(({ name, value }) => [name, h("span.wrap.mono", {}, value)]), "Headers")],
    ["Source", () => h("pre", {}, one.source)],
  ].filter(Boolean);
  return card(one.subject || "(no subject)",
    facts([["From", one.from], ["To", one.rcpt_to], ["Return path", one.mail_from || "<>"], ["Captured", `${time(one.time)} · ${ago(one.time)}`]]),
    one.code && code(one.code),
    tabs("Parts of the mail", parts));
}

function code(digits) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(digits);
      note(`Copied ${digits}`);
    } catch {
      note(`The browser did not let us copy: ${digits}`);
    }
  };
  return h("div.codebox", {}, h("span.code", { id: "code" }, digits), h("button", { type: "button", id: "copy", onclick: copy }, "Copy the code"));
}

// The forms by which a newcomer plays the whole product.
function sender(locales) {
  const to = h("input", { type: "email", name: "to", required: true, value: "me@example.test", autocomplete: "off" });
  const kind = h("select", { name: "kind" }, Object.entries(KINDS).map(([value, [name]]) => h("option", { value }, name)));
  const locale = h("select", { name: "locale" }, locales.map((one) => h("option", { value: one, selected: one === "en" }, one)));
  const answer = h("div", { "aria-live": "polite" });
  let verification = null;

  async function send(event) {
    event.preventDefault();
    const [, name, more] = KINDS[kind.value];
    try {
      const sent = await call(name, { recipient: to.value, locale: locale.value, ...more() });
      verification = kind.value === "code" ? sent : null;
      answer.replaceChildren(verification ? checker() : h("p", {}, "Enqueued. It will be here in a moment."));
    } catch (error) {
      answer.replaceChildren(problem(error));
    }
  }
  function checker() {
    const digits = h("input", { name: "code", inputmode: "numeric", autocomplete: "one-time-code", required: true, placeholder: "123456" });
    const result = h("span");
    const check = async (event) => {
      event.preventDefault();
      try {
        const checked = await call("CheckVerificationCode", { verification_id: verification.id, code: digits.value });
        const left = checked.verification?.guesses_remaining;
        result.replaceChildren(tag(word(checked.result), checked.result === "MATCHED" ? "good" : "bad"),
          checked.result === "MISMATCHED" ? ` ${left} guesses left` : "");
      } catch (error) {
        result.replaceChildren(problem(error));
      }
    };
    return h("form.row", { onsubmit: check, "aria-label": "Check the code" },
      h("span", {}, "Enqueued. Now check it, as your users would:"),
      h("label.field", {}, h("span.hidden", {}, "The code"), digits), h("button", {}, "Check the code"), result);
  }
  return card("Send me one",
    h("form.row.bottom", { onsubmit: send, "aria-label": "Send me one" },
      h("label.field", {}, "To", to), h("label.field", {}, "What", kind), h("label.field", {}, "Language", locale),
      h("button.primary", { id: "send" }, "Send")),
    answer);
}
