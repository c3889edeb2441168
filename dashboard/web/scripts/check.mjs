// `npm run check`: every check runs, then the exit code says whether one failed. A check's output is shown only where it failed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const GENERATED = "src/api/generated/schema.ts";

function run(command, ...words) {
  const done = spawnSync("npx", ["--no-install", command, ...words], { encoding: "utf8" });
  return { ok: done.status === 0, said: `${done.stdout ?? ""}${done.stderr ?? ""}` };
}

function drift() {
  const folder = mkdtempSync(join(tmpdir(), "seiche-client-"));
  try {
    const fresh = join(folder, "schema.ts");
    const made = run("openapi-typescript", "../../query_api/openapi.json", "--output", fresh);
    if (!made.ok) return made;
    const same = readFileSync(fresh, "utf8") === readFileSync(GENERATED, "utf8");
    return { ok: same, said: same ? "" : `${GENERATED} is older than query_api/openapi.json: npm run generate` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function budget() {
  const built = run("vite", "build", "--logLevel", "warn");
  if (!built.ok) return built;
  const done = spawnSync("node", ["scripts/budget.mjs"], { encoding: "utf8" });
  return { ok: done.status === 0, said: `${done.stdout}${done.stderr}` };
}

const checks = {
  format: () => run("prettier", "--check", "--log-level", "warn", "."),
  lint: () => run("eslint", ".", "--max-warnings", "0"),
  types: () => run("tsc", "--noEmit"),
  client: drift,
  tests: () => run("vitest", "run", "--reporter", "default"),
  budget,
};
const failed = [];
for (const [name, check] of Object.entries(checks)) {
  const started = Date.now();
  const { ok, said } = check();
  console.log(`${ok ? "ok  " : "FAIL"} dashboard ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (!ok) failed.push(name);
  if (!ok || name === "budget") console.log(said.trim());
}
process.exit(failed.length > 0 ? 1 : 0);
