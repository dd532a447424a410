// Charts that are read at a glance: drawn by hand, because three shapes need no library.
import { h, svg } from "./dom.js";

// A line of `values`, oldest first, filled below. `label` says in words what is seen.
export function area(values, label, tone = "") {
  const most = Math.max(1, ...values);
  const step = 100 / Math.max(1, values.length - 1);
  const points = values.map((value, i) => `${(i * step).toFixed(2)},${(38 - (value / most) * 36).toFixed(2)}`);
  return svg("svg", { viewBox: "0 0 100 40", preserveAspectRatio: "none", class: `chart ${tone}`, role: "img", "aria-label": label },
    svg("path", { class: "area", d: `M0,38 L${points.join(" L")} L100,38 Z` }),
    svg("path", { class: "base", d: "M0,38 H100" }),
    svg("path", { class: "stroke", d: `M${points.join(" L")}` }));
}

// Rows [name, [[value, tone], …], text]: bars on one scale.
export function bars(rows, label) {
  const most = Math.max(1e-9, ...rows.map(([, parts]) => parts.reduce((sum, [value]) => sum + value, 0)));
  return h("div.bars", { role: "img", "aria-label": `${label}: ${rows.map(([name, , text]) => `${name} ${text}`).join(", ")}` },
    rows.map(([name, parts, text]) => h("div", {}, h("span", {}, name), h("span.track", {}, parts.map(([value, tone]) => {
      const bar = h(`span${tone && "." + tone}`);
      bar.style.width = `${(value / most) * 100}%`;
      return bar;
    })), h("span", {}, text))));
}
