// Elements without markup in strings: what comes from outside is always text.

// h("p.muted", {title: "x", onclick: f}, "text", child, …). Children that are null or false are left out.
export function h(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) set(element, key, value);
  element.append(...children.flat().filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

function set(element, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (key === "className") element.className = value;
  else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
  else if (key in element && typeof value !== "string") element[key] = value;
  else element.setAttribute(key, value === true ? "" : value);
}

// As h, in SVG.
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export const card = (title, ...children) =>
  h("section.card.stack", {}, title && h("h2", {}, title), ...children);

export const tag = (text, tone = "") => h(`span.tag${tone && "." + tone}`, {}, text);

export const problem = (error) => h("p.problem", { role: "alert" }, String(error.message ?? error));

export const empty = (text) => h("p.empty", {}, text);

// Rows [name, value]; those without a value are left out.
export const facts = (rows) =>
  h("dl.facts", {}, rows.filter(([, value]) => value !== "" && value !== null && value !== undefined)
    .flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

// Columns {title, number}; rows are lists of cells, each of them the row's name if it is first.
export function table(columns, rows, caption) {
  const head = columns.map((one) => h(one.number ? "th.number" : "th", { scope: "col" }, one.title));
  const body = rows.map((cells) => h("tr", {}, cells.map((cell, i) =>
    i === 0 ? h("th", { scope: "row" }, cell) : h(columns[i].number ? "td.number" : "td", {}, cell))));
  return h("div.scroll", { tabindex: "0", role: "group", "aria-label": caption }, h("table", {},
    h("caption.hidden", {}, caption), h("thead", {}, h("tr", {}, head)), h("tbody", {}, body)));
}

// Tabs [name, () => element]; arrow keys move between them. The element of a tab is made when it is opened.
export function tabs(label, list, chosen = 0) {
  const panel = h("div.stack", { role: "tabpanel", tabindex: "0" });
  const buttons = list.map(([name], i) =>
    h("button", { type: "button", role: "tab", onclick: () => open(i), onkeydown: (event) => key(event, i) }, name));
  function open(i) {
    buttons.forEach((button, n) => {
      button.setAttribute("aria-selected", String(n === i));
      button.tabIndex = n === i ? 0 : -1;
    });
    panel.setAttribute("aria-label", list[i][0]);
    panel.replaceChildren(list[i][1]());
  }
  function key(event, i) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (i + step + list.length) % list.length;
    open(next);
    buttons[next].focus();
  }
  open(chosen);
  return h("div.stack", {}, h("div.tabs", { role: "tablist", "aria-label": label }, buttons), panel);
}

// Makes `root` hold what `fresh` shows, and touches nothing that stays: who reads, points or has the focus there is not
// disturbed. Listeners of `fresh` are lost where an element stays: let one above listen.
export function show(root, ...fresh) {
  const holder = h("div", {}, ...fresh);
  follow(root, holder);
}

function follow(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((node, i) => (i < before.length ? become(before[i], node) : old.append(node)));
  before.slice(after.length).forEach((node) => node.remove());
}

function become(old, fresh) {
  if (old.nodeName !== fresh.nodeName) return old.replaceWith(fresh);
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (name === "style") old.style.cssText = fresh.style.cssText;
    else if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  follow(old, fresh);
}

// A word for a moment in the corner, read out to those who do not see it.
export function note(text) {
  const element = h("p.note", {}, text);
  document.getElementById("notes").append(element);
  setTimeout(() => element.remove(), 5000);
}
