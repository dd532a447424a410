// Writes src/generated from the contracts in proto/: types, comments and codecs are never written by hand. Needs protoc.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const protos = process.env.POSTHASTE_PROTO ?? fileURLToPath(new URL("../../proto", import.meta.url));
const out = `${here}src/generated`;
const files = ["posthaste/v1", "google/rpc"].flatMap((folder) =>
  readdirSync(`${protos}/${folder}`).filter((name) => name.endsWith(".proto")).map((name) => `${folder}/${name}`));

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
execFileSync("protoc", [
  `--plugin=protoc-gen-ts_proto=${here}node_modules/.bin/protoc-gen-ts_proto`,
  `-I${protos}`,
  `--ts_proto_out=${out}`,
  "--ts_proto_opt=outputServices=generic-definitions,useDate=true,stringEnums=true,useOptionals=messages",
  "--ts_proto_opt=forceLong=number,esModuleInterop=true,importSuffix=.js,outputIndex=true,outputJsonMethods=false,useExactTypes=false",
  ...files,
], { stdio: "inherit" });
