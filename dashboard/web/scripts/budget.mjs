// What a browser must load before the first screen: the entry and all that it imports statically. Fails above the budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGETS_KB = { js: 230, css: 40 };
const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));

function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}

const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry);
if (entries.length === 0) throw new Error("the build's manifest has no entry: was it built?");
const chunks = [...new Set(entries.flatMap((entry) => [...closure(entry)]))].map((key) => manifest[key]);
const files = {
  js: new Set(chunks.map((chunk) => chunk.file)),
  css: new Set(chunks.flatMap((chunk) => chunk.css ?? [])),
};
let failed = false;
for (const [kind, budget] of Object.entries(BUDGETS_KB)) {
  const bytes = [...files[kind]].reduce((sum, file) => sum + gzipSync(readFileSync(`dist/${file}`)).length, 0);
  const over = bytes / 1000 > budget;
  failed ||= over;
  console.log(`initial ${kind}: ${(bytes / 1000).toFixed(1)} kB gzip of ${budget} kB${over ? " - TOO LARGE" : ""}`);
}
process.exit(failed ? 1 : 0);
