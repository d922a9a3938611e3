// The JUnit report, read by a reader of such reports.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "junit2json";

import { makeReports, textOf } from "./reports.mjs";

await makeReports();

const cases = (suites) => suites.testsuite.flatMap((suite) => suite.testcase ?? []);

test("a good run has a case for each callback and check, and none fails", async () => {
  const report = JSON.parse(textOf("good.json"));
  const suites = await parse(textOf("good.junit"));
  const steps = report.scenarios.flatMap((scenario) => scenario.steps);
  assert.equal(cases(suites).length, 1 + steps.length + steps.flatMap((step) => step.checks).length);
  assert.equal(cases(suites).filter((one) => one.failure || one.error).length, 0);
  assert.equal(suites.failures ?? 0, 0);
});

test("a failed run says code and remedy", async () => {
  const failures = cases(await parse(textOf("failed.junit"))).flatMap((one) => one.failure ?? []);
  const bad = failures.find((failure) => failure.type === "status.500");
  assert.ok(bad?.inner.includes("Remedy: "), JSON.stringify(failures));
});

test("hostile names stay names", async () => {
  const suites = await parse(textOf("hostile.junit"));
  assert.ok(cases(suites).some((one) => one.name.includes("<script>window.hacked=1</script>")));
});
