// Starts the script of the page that the frame names.
import { problem } from "./lib/dom.js";

const root = document.getElementById("page");
const { start } = await import(`./pages/${document.body.dataset.page}.js`);
try {
  await start(root);
} catch (error) {
  root.replaceChildren(problem(error));
}
document.body.dataset.ready = "yes";
