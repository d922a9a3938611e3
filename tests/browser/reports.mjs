// Fresh reports, made by the binary under test.

import { spawnSync } from "node:child_process";
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
  const { status, stderr } = spawnSync(binary, args, { cwd: folder, env, encoding: "utf8" });
  if (!codes.includes(status)) throw new Error(`exit ${status}: rehearsal ${args.join(" ")}\n${stderr}`);
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
  const keep = /^(schema|status|basis|claim|trust|platform|validity|method|family|owner|verdict|phase|deadline|started_at|finished_at|first_seen|last_seen|at|not_before|not_after|response|service|decision)$/;
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

/** Makes every report once: one where all is well, one that failed, one with hostile texts, and a comparison. */
export function makeReports() {
  rehearsal(["demo", "--repeat", "20", "--events-28d", "4000", ...reportFlags("good")], 0);
  rehearsal(["demo", "--fault", "status-500", "--repeat", "3", ...reportFlags("failed")], 2);
  writeFileSync(pathOf("hostile-texts.json"), JSON.stringify(hostile(JSON.parse(textOf("failed.json")))));
  rehearsal(["report", pathOf("hostile-texts.json"), ...reportFlags("hostile")], 2);
  const comparison = `html=${pathOf("comparison.html")}`;
  rehearsal(["compare", pathOf("good.json"), pathOf("failed.json"), "--report", comparison], 0);
  return ["good", "failed", "hostile", "comparison"];
}
