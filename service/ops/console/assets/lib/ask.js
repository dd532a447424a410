// Asks for a reason, and for whatever else an action needs, before it is done.
import { call } from "./api.js";
import { h, note, problem } from "./dom.js";

// fields: [{name, label, options: [[value, text]], value, optional}]. Resolves to whether it was done.
export function act({ title, text, button, name, request, fields = [], done }) {
  return new Promise((resolve) => {
    const trouble = h("div");
    const inputs = [...fields, { name: "reason", label: "Reason, for the log" }].map((field) => ({ ...field, element: input(field) }));
    const send = async (event) => {
      event.preventDefault();
      const values = Object.fromEntries(inputs.map(({ name, element }) => [name, element.value.trim()]));
      try {
        const answer = await call(name, request(values), values.reason);
        note(done(answer));
        dialog.close("done");
      } catch (error) {
        trouble.replaceChildren(problem(error));
      }
    };
    const dialog = h("dialog", { "aria-labelledby": "ask-title" },
      h("form.stack", { onsubmit: send },
        h("h2", { id: "ask-title" }, title), text && h("p.muted", {}, text), trouble,
        inputs.map(({ label, element }) => h("label.field", {}, label, element)),
        h("div.row", {}, h("button.primary", {}, button),
          h("button", { type: "button", onclick: () => dialog.close("") }, "Not now"))));
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "done");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
    inputs[0].element.focus();
  });
}

function input({ name, options, value, optional }) {
  if (!options) return h("input", { name, required: !optional, maxlength: "500", autocomplete: "off", value: value ?? "" });
  return h("select", { name }, options.map(([option, text]) =>
    h("option", { value: option, selected: option === value }, text)));
}
