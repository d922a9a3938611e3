// The histogram log and the percentile distribution, read by the HdrHistogram project's own library.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HistogramLogReader } from "hdr-histogram-js";

import { makeReports, textOf } from "./reports.mjs";

await makeReports();
const report = JSON.parse(textOf("good.json"));

test("the log holds the histograms of the report", () => {
  const reader = new HistogramLogReader(textOf("good.hlog"));
  const read = {};
  for (let next = reader.nextIntervalHistogram(); next; next = reader.nextIntervalHistogram()) read[next.tag] = next;
  const { response, service, phases } = report.latency;
  for (const [tag, times] of Object.entries({ response, service, wait: phases.wait, connect: phases.connect })) {
    const histogram = read[tag];
    assert.equal(histogram.totalCount, times.count, tag);
    for (const [quantile, expected] of [[50, times.p50_us], [90, times.p90_us], [99, times.p99_us], [100, times.max_us]]) {
      const value = Math.min(histogram.getValueAtPercentile(quantile), times.max_us);
      assert.ok(Math.abs(value - expected) <= expected / 500 + 1, `${tag} p${quantile}: ${value}, not ${expected}`);
    }
  }
  const length = read.response.endTimeStampMsec - read.response.startTimeStampMsec;
  assert.ok(Math.abs(length - (Date.parse(report.run.finished_at) - Date.parse(report.run.started_at))) < 5, `${length}`);
});

test("each row of the distribution says what the library says of its percentile", () => {
  const reader = new HistogramLogReader(textOf("good.hlog"));
  let histogram = reader.nextIntervalHistogram();
  while (histogram.tag !== "response") histogram = reader.nextIntervalHistogram();
  const lines = textOf("good.hgrm").split("\n").filter((line) => /^ *[0-9]/.test(line));
  const rows = lines.map((line) => line.trim().split(/ +/).map(Number));
  assert.ok(rows.length > 10);
  assert.deepEqual(rows.at(-1).slice(1), [1, histogram.totalCount]);
  // A percentile that falls between two callbacks is that of either.
  const rank = 100 / histogram.totalCount;
  const at = (percentile) => histogram.getValueAtPercentile(Math.min(Math.max(percentile, 0), 100)) / 1000;
  for (const [value, quantile] of rows) {
    const [low, high] = [at(quantile * 100 - rank), at(quantile * 100 + rank)];
    assert.ok(value >= low * 0.998 && value <= high * 1.002, `${quantile}: ${value}, not ${low} to ${high}`);
  }
});
