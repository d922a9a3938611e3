// Fresh reports, made by the binary under test.

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binary = process.env.PROBE_BINARY;

/** A folder of its own that goes when the tests have ended. */
export const folder = mkdtempSync(join(tmpdir(), "rehearsal-browser-"));
process.on("exit", () => rmSync(folder, { recursive: true }));

/** Runs the binary, which has to end with one of these exit codes. */
export function rehearsal(args, ...codes) {
  const env = { HOME: folder, PATH: process.env.PATH };
  return new Promise((resolve, reject) => {
    execFile(binary, args, { cwd: folder, env }, (error, _, stderr) => {
      const status = error ? error.code : 0;
      if (codes.includes(status)) resolve();
      else reject(new Error(`exit ${status}: rehearsal ${args.join(" ")}\n${stderr}`));
    });
  });
}

/** The flags that write a report NAME in every format. */
function reportFlags(name) {
  const formats = ["html", "json", "junit", "hlog", "hgrm"];
  return formats.flatMap((format) => ["--report", `${format}=${join(folder, `${name}.${format}`)}`]);
}

export const pathOf = (name) => join(folder, name);
export const textOf = (name) => readFileSync(pathOf(name), "utf8");

/** Markup, script and characters that steer, in one text. */
export const HOSTILE =
  "<script>window.hacked=1</script><img src=x onerror=window.hacked=2>\"'><svg onload=window.hacked=3>\u202e{{7*7}}&lt;b&gt;";

/** The report of a failed run, every text that comes from outside replaced. */
function hostile(report) {
  const keep = /^(schema|status|basis|claim|trust|platform|validity|method|family|owner|verdict|phase|deadline|started_at|finished_at|first_seen|last_seen|at|not_before|not_after|response|service|decision|model|when_full|work)$/;
  const replaced = (value, key) => {
    if (typeof value === "string") return keep.test(key) || value.startsWith("HISTFAAA") ? value : HOSTILE;
    if (Array.isArray(value)) return value.map((item) => replaced(item, key));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, name === "histogram" ? item : replaced(item, name)]),
    );
  };
  return replaced(report, "");
}

/** Makes every report of probes once: one where all is well, one that failed, one with hostile texts, and a comparison. */
export async function makeReports() {
  await rehearsal(["demo", "--repeat", "20", "--events-28d", "4000", ...reportFlags("good")], 0);
  await rehearsal(["demo", "--fault", "status-500", "--repeat", "3", ...reportFlags("failed")], 2);
  writeFileSync(pathOf("hostile-texts.json"), JSON.stringify(hostile(JSON.parse(textOf("failed.json")))));
  await rehearsal(["report", pathOf("hostile-texts.json"), ...reportFlags("hostile")], 2);
  const comparison = `html=${pathOf("comparison.html")}`;
  await rehearsal(["compare", pathOf("good.json"), pathOf("failed.json"), "--report", comparison], 0);
  return ["good", "failed", "hostile", "comparison"];
}

/** Makes the reports of load tests: of one generator, of its twin, of both together, and one with hostile texts. */
export async function makeLoads() {
  const app = spawn(process.execPath, [new URL("app.mjs", import.meta.url).pathname]);
  try {
    const baseUrl = await new Promise((resolve) => app.stdout.once("data", (data) => resolve(`${data}`.trim())));
    const flags = ["--stages", "20:3s,40:5s", "--warm-up", "500ms", "--key-server", "none"];
    const load = (name) => rehearsal(["load", baseUrl, ...flags, "--grace", "1s", ...reportFlags(name)], 2, 3);
    await Promise.all([load("load"), load("twin")]);
  } finally {
    app.kill();
  }
  const parts = [pathOf("load.json"), pathOf("twin.json")];
  await rehearsal(["merge", ...parts, ...reportFlags("merged")], 2, 3);
  writeFileSync(pathOf("hostile-load-texts.json"), JSON.stringify(hostile(JSON.parse(textOf("load.json")))));
  await rehearsal(["report", pathOf("hostile-load-texts.json"), ...reportFlags("hostile-load")], 2, 3);
  return ["load", "merged", "hostile-load"];
}
