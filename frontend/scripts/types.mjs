// The server's OpenAPI document to src/api/schema.d.ts. Run by `npm run types` after a change of
// the API, and with --check by the tests: the types of the page are those of the server.
// The document is the first argument, or what `revenue openapi` writes in this checkout.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import openapiTypescript, { astToString } from "openapi-typescript";

const target = new URL("../src/api/schema.d.ts", import.meta.url);
const wanted = process.argv.slice(2).filter((argument) => argument !== "--check");

function readDocument() {
  if (wanted[0] !== undefined) return readFileSync(wanted[0], "utf8");
  const python = process.env.PYTHON ?? "../.venv/bin/python";
  return execFileSync(python, ["-m", "server.cli", "openapi"], {
    cwd: new URL("../..", import.meta.url),
    encoding: "utf8",
  });
}

const heading = "// Written by `npm run types` from the server's OpenAPI document; do not edit.\n";
const text = heading + astToString(await openapiTypescript(JSON.parse(readDocument())));
if (!process.argv.includes("--check")) {
  writeFileSync(target, text);
} else if (readFileSync(target, "utf8") !== text) {
  console.error("src/api/schema.d.ts is not that of this server: run `npm run types`.");
  process.exit(1);
}
