// The files of a built page to the same files and, beside each, its Brotli form.
// Called by build-page.sh; the server sends the form a browser takes.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const [folder] = process.argv.slice(2);
const texts = /\.(html|js|css|svg|json|webmanifest|txt|map)$/;

for (const name of readdirSync(folder, { recursive: true })) {
  if (!texts.test(name)) continue;
  const content = readFileSync(join(folder, name));
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content, options));
}
