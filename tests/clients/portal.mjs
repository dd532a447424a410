// portal.mjs URL FOLDER: walks the portal, prints what it says as JSON lines, reads the code from standard input when it has asked for one.
import { createInterface } from "node:readline/promises";
import { chromium } from "playwright-core";

const [url, folder] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const tell = (...told) => console.log(JSON.stringify(told.length === 1 ? told[0] : told));

async function open() {
  const context = await browser.newContext({ viewport: { width: 390, height: 700 } });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

// The sentence that the page says once it is another one.
async function after(page, act) {
  const said = page.getByRole("status");
  const before = await said.textContent();
  await act();
  await page.waitForFunction((text) => document.getElementById("said").textContent !== text, before);
  return said.textContent();
}

async function ask(page, address) {
  await page.getByLabel("Email address").fill(address);
  return after(page, () => page.keyboard.press("Enter"));
}

async function type(page, code) {
  await page.getByLabel("Code from the mail").fill(code);
  return after(page, () => page.keyboard.press("Enter"));
}

try {
  const page = await open();
  await page.screenshot({ path: `${folder}/ask.png` });
  const known = await ask(page, "ana@example.test");
  tell("asked");
  const lines = createInterface({ input: process.stdin });
  const code = await new Promise((resolve) => lines.once("line", resolve));
  lines.close();
  tell("known", known);
  tell("countdown", await page.locator("#again").textContent());
  await page.screenshot({ path: `${folder}/check.png` });
  tell("wrong", await type(page, String((Number(code) + 1) % 1e6).padStart(6, "0")));
  await type(page, code);
  await page.screenshot({ path: `${folder}/change.png` });
  await page.getByLabel("New password").fill("correct horse battery");
  tell("changed", await after(page, () => page.keyboard.press("Enter")));

  const stranger = await open();
  tell("unknown", await ask(stranger, "nobody@example.test"));
  tell("unknown wrong", await type(stranger, "123456"));
} finally {
  await browser.close();
}
