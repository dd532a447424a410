// compile.mjs [--check] FOLDER…: writes the body.html beside each template.mjml below the folders, or, with --check, only says which
// of them is not what its template.mjml gives. Exit 1: something is wrong, and where.
//
// MJML comes from build/npm (./dev mjml puts it there), or from the folder in which the program is called.
//
// The HTML is left readable: one tag a line, no blanks in front. It is not minified, for a minifier reads Mustache tags as text and
// moves them.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = "template.mjml";
const MADE = "body.html";

function loadMjml() {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
  for (const folder of [path.join(root, "build/npm"), process.cwd()]) {
    try {
      const loaded = createRequire(path.join(folder, "from.js"))("mjml");
      return loaded.default ?? loaded;
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new Error("MJML is not installed: ./dev mjml, or npm install mjml@4.18.0");
}

// MJML does not know that {{accent_color}} is a colour; the engine does, when it loads what is made of it.
const isAboutATag = ({ message }) => /has invalid value: .*\{\{/.test(message);

// INVALID: throws an Error whose message has a line for each fault.
function compile(mjml, file) {
  const source = fs.readFileSync(file, "utf8");
  // What is included would not be seen by --check, nor travel with the template.
  if (/<mj-include\b/i.test(source)) throw new Error(`${file}: <mj-include> is not taken: a template is whole`);
  if (/<(pre|textarea)\b/i.test(source)) throw new Error(`${file}: <pre> would lose its blanks`);
  // No fonts: MJML would fetch those it knows by name from Google.
  const { html, errors } = mjml(source, { validationLevel: "soft", keepComments: false, fonts: {}, ignoreIncludes: true });
  const faults = errors.filter((error) => !isAboutATag(error));
  if (faults.length) throw new Error(faults.map(({ line, message }) => `${file}:${line}: ${message}`).join("\n"));
  const lines = html.split("\n").map((line) => line.trim()).filter(Boolean);
  return `${lines.join("\n")}\n`;
}

function* sourcesBelow(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const inside = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* sourcesBelow(inside);
    else if (entry.name === SOURCE) yield inside;
  }
}

// What is wrong with `source` and what is made of it; "" when it is as it should be.
function tend(mjml, source, check) {
  const made = path.join(path.dirname(source), MADE);
  try {
    const html = compile(mjml, source);
    const there = fs.existsSync(made) ? fs.readFileSync(made, "utf8") : null;
    if (there === html) return "";
    if (check) return `${made}: is not what ${SOURCE} gives: edit that, then run ./dev mjml`;
    fs.writeFileSync(made, html);
    console.log(made);
    return "";
  } catch (error) {
    return error.message;
  }
}

function main(words) {
  const check = words.includes("--check");
  const folders = words.filter((word) => word !== "--check");
  if (!folders.length || folders.some((word) => word.startsWith("-"))) {
    console.error("usage: compile.mjs [--check] FOLDER…");
    return 2;
  }
  const sources = folders.flatMap((folder) => [...sourcesBelow(folder)]).sort();
  if (!sources.length) {
    console.error(`no ${SOURCE} below ${folders.join(", ")}`);
    return 1;
  }
  const mjml = loadMjml();
  const wrong = sources.map((source) => tend(mjml, source, check)).filter(Boolean);
  wrong.forEach((line) => console.error(line));
  if (check && !wrong.length) console.log(`${sources.length} agree`);
  return wrong.length ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
