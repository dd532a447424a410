// kubernetes_schema.mjs PACKAGES < documents.json: what the schemas of Kubernetes and KEDA say of each document, as a JSON array of
// arrays of sentences. PACKAGES is the folder whose node_modules has them.
//
// Two witnesses, because neither sees all. kubernetes-types (Kubernetes 1.30) through the TypeScript compiler finds fields that do not
// exist, values of a wrong type and fields that are missing. kubernetes-models (the schemas of Kubernetes 1.27 and KEDA 2.10 as validators)
// finds wrong formats and ranges, and what TypeScript's types leave open.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const packages = process.argv[2];
const require = createRequire(join(packages, "package.json"));
const ts = require("typescript");
const documents = JSON.parse(readFileSync(0, "utf8"));

const isKeda = (document) => document.apiVersion.startsWith("keda.sh/");

function typeOf(document) {
  if (isKeda(document)) return `import("@kubernetes-models/keda/${document.apiVersion}/${document.kind}").I${document.kind}`;
  const parts = document.apiVersion.split("/");
  const group = parts.length === 1 ? "core" : parts[0].split(".")[0];
  return `import("kubernetes-types/${group}/${parts.at(-1)}").${document.kind}`;
}

// One line a document, so that a line number is a document's.
function complaintsOfTypes() {
  const file = join(packages, "documents.ts");
  const text = documents.map((document, i) => `export const d${i}: ${typeOf(document)} = ${JSON.stringify(document)};`).join("\n");
  const options = { noEmit: true, strict: true, skipLibCheck: true, types: [], module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Node10, target: ts.ScriptTarget.ES2022 };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (name) => (name === file ? text : readFile.call(host, name));
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : getSourceFile.call(host, name, ...rest);
  const complaints = documents.map(() => []);
  for (const found of ts.getPreEmitDiagnostics(ts.createProgram([file], options, host))) {
    const what = ts.flattenDiagnosticMessageText(found.messageText, " ");
    if (!found.file) throw new Error(what);
    complaints[found.file.getLineAndCharacterOfPosition(found.start).line].push(what);
  }
  return complaints;
}

function complaintOfSchema(document) {
  const models = isKeda(document) ? "@kubernetes-models/keda" : "kubernetes-models";
  const Model = require(`${models}/${document.apiVersion}/${document.kind}`)[document.kind];
  try {
    new Model(document).validate();
    return [];
  } catch (error) {
    return [error.message];
  }
}

const complaints = complaintsOfTypes();
console.log(JSON.stringify(documents.map((document, i) => complaints[i].concat(complaintOfSchema(document)))));
