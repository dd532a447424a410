// Templates that somebody is writing: drawn again at every save, with what lint says of them.
import { call, listen } from "../lib/api.js";
import { empty, h, show } from "../lib/dom.js";
import { ago } from "../lib/words.js";

const HOW = "posthaste template preview FOLDER --watch";

export async function start(root) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const view = { name: "", locale: "", scheme: dark ? "dark" : "light", width: "desk", part: "html" };
  let drafts = [];
  const list = h("div.card");
  const stage = h("div.stack");
  root.append(h("div.split", {}, list, stage));

  function draw() {
    if (!drafts.length) {
      stage.replaceChildren();
      return show(list, h("div.stack", {}, empty("Nobody is writing a template."), h("p", {}, "Run this in another terminal, and save a file of the folder:"), h("pre", {}, HOW)));
    }
    const one = drafts.find(({ name }) => name === view.name) ?? drafts[0];
    show(list, h("ul.choices", { "aria-label": "Drafts, newest first" }, drafts.map((each) =>
      h("li", {}, h("a", { href: `?name=${each.name}`, "aria-current": each === one && "true", "data-name": each.name },
        h("span.row.between", {}, h("strong", {}, each.name), h("span.muted.small", {}, ago(each.time))),
        h("span.muted.small", {}, each.findings.length ? `${each.findings.length} findings` : "clean"))))));
    const locales = one.mails.map(({ locale }) => locale);
    if (!locales.includes(view.locale)) view.locale = locales.includes("en") ? "en" : locales[0] ?? "";
    stage.replaceChildren(said(one), locales.length ? mail(one, locales) : "");
  }
  const said = (one) => h("section.card.stack", { "aria-live": "polite", id: "findings" }, one.findings.length
    ? h("ul", {}, one.findings.map((finding) => h("li.wrap", {}, finding)))
    : h("p", {}, "Lint finds nothing."));
  function mail(one, locales) {
    const source = new URLSearchParams({ name: one.name, locale: view.locale, scheme: view.scheme, part: view.part, saved: one.time });
    return h("section.card.stack", {},
      h("h2", {}, one.mails.find(({ locale }) => locale === view.locale).subject),
      h("div.row", {},
        choice("Language", "locale", locales.map((locale) => [locale, locale])),
        choice("Scheme", "scheme", [["light", "Light"], ["dark", "Dark"]]),
        choice("Width", "width", [["desk", "Desk"], ["phone", "Phone, 390 px"]]),
        choice("Part", "part", [["html", "HTML"], ["text", "Text"]])),
      h("iframe", { className: `frame ${view.width} ${view.scheme}`, sandbox: "", src: `/console/preview/draft?${source}`, title: `${one.name} in ${view.locale}` }));
  }
  function choice(label, name, options) {
    return h("label.field", {}, label, h("select", { name, onchange: (event) => { view[name] = event.target.value; draw(); document.querySelector(`select[name=${name}]`).focus(); } },
      options.map(([value, text]) => h("option", { value, selected: value === view[name] }, text))));
  }
  async function refresh() {
    ({ drafts } = await call("ListDrafts"));
    draw();
  }

  view.name = new URLSearchParams(location.search).get("name") ?? "";
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-name]");
    if (!link) return;
    event.preventDefault();
    view.name = link.dataset.name;
    draw();
  });
  await refresh();
  let newest = drafts[0]?.time ?? "";
  listen(async ({ draft }) => {
    if (draft === newest) return;
    newest = draft;
    await refresh();
  });
}
