// The catalogue: what our mail looks like, in each language, by day and by night, on a phone.
import { call } from "../lib/api.js";
import { card, empty, h, problem, table } from "../lib/dom.js";

export async function start(root) {
  const { templates } = await call("ListTemplates");
  if (!templates.length) return root.append(card("", empty("There are no templates.")));
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const given = new URLSearchParams(location.search);
  const view = { key: given.get("key") ?? keyOf(templates[0]), locale: "", scheme: dark ? "dark" : "light", width: "desk", part: "html" };
  const list = h("div.card");
  const stage = h("div.stack");
  const lint = h("div", { "aria-live": "polite" });
  let linted = null;
  root.append(h("div.split", {}, list, stage));

  function draw() {
    const one = templates.find((each) => keyOf(each) === view.key) ?? templates[0];
    if (!one.locales.includes(view.locale)) view.locale = one.locales.includes("en") ? "en" : one.locales[0];
    list.replaceChildren(h("ul.choices", { "aria-label": "Templates" }, templates.map((each) =>
      h("li", {}, h("a", { href: `?key=${keyOf(each)}`, "aria-current": each === one && "true", onclick: (event) => { event.preventDefault(); view.key = keyOf(each); draw(); } },
        h("span.row.between", {}, h("strong", {}, each.name), h("span.muted.small", {}, each.tenant)),
        h("span.muted.small", {}, each.description))))));
    const source = new URLSearchParams({ tenant: one.tenant, name: one.name, locale: view.locale, scheme: view.scheme, part: view.part });
    stage.replaceChildren(h("section.card.stack", {},
      h("div.row", {},
        choice("Language", "locale", one.locales.map((locale) => [locale, locale])),
        choice("Scheme", "scheme", [["light", "Light"], ["dark", "Dark"]]),
        choice("Width", "width", [["desk", "Desk"], ["phone", "Phone, 390 px"]]),
        choice("Part", "part", [["html", "HTML"], ["text", "Text"]])),
      h("iframe", { className: `frame ${view.width} ${view.scheme}`, sandbox: "", src: `/console/preview/template?${source}`, title: `${one.name} in ${view.locale}` })), lint);
    if (linted !== view.key) showLint(one);
  }
  // What publishing would refuse, and a start in these folders tells. Of one template, in all its languages.
  async function showLint({ tenant, name }) {
    const asked = linted = view.key;
    lint.replaceChildren(card("Lint", empty("Looking…")));
    let shown;
    try {
      const { findings } = await call("LintTemplate", { tenant, name });
      shown = findings?.length
        ? table([{ title: "Rule" }, { title: "What" }], findings.map(({ rule, place, message }) => [rule, h("span.wrap", {}, message, h("br"), h("span.muted.small", {}, place))]), "Lint findings")
        : empty("No rule is broken.");
    } catch (error) {
      shown = problem(error);
    }
    if (linted === asked) lint.replaceChildren(card("Lint", shown));
  }
  function choice(label, name, options) {
    return h("label.field", {}, label, h("select", { name, onchange: (event) => { view[name] = event.target.value; draw(); document.querySelector(`select[name=${name}]`).focus(); } },
      options.map(([value, text]) => h("option", { value, selected: value === view[name] }, text))));
  }
  draw();
}

const keyOf = (template) => `${template.tenant}/${template.name}`;
