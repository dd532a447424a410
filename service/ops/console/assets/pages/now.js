import { card, empty } from "../lib/dom.js";

export async function start(root) {
  root.append(card("", empty("Nothing yet.")));
}
