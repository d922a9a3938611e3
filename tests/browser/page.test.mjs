// The HTML report in Chromium: on a telephone and on a desk, light and dark.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

import { makeLoads, makeReports, pathOf, textOf } from "./reports.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SCREENS = { telephone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } };
const names = [...(await makeReports()), ...(await makeLoads())];
let browser;

before(async () => {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"];
  browser = await chromium.launch({ executablePath, args: [...args, "--disable-component-update", "--disable-sync"] });
});

after(() => browser.close());

/** Opens a report in a fresh context and notes all that a report must not do. */
async function open(name, options = {}) {
  const context = await browser.newContext({ viewport: SCREENS.desk, ...options });
  const page = await context.newPage();
  const trouble = [];
  const url = pathToFileURL(pathOf(`${name}.html`)).href;
  page.on("console", (message) => trouble.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => trouble.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => trouble.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  page.on("request", (request) => request.url() === url || trouble.push(`request: ${request.url()}`));
  await page.goto(url);
  return { page, trouble, close: () => context.close() };
}

for (const name of names) {
  describe(name, () => {
    for (const colorScheme of ["light", "dark"]) {
      for (const [screen, viewport] of Object.entries(SCREENS)) {
        test(`${colorScheme}, ${screen}: quiet, accessible, no wider than the screen`, async () => {
          const { page, trouble, close } = await open(name, { colorScheme, viewport });
          for (const summary of await page.locator("summary").all()) await summary.click();
          await page.evaluate(axe);
          const { violations, passes } = await page.evaluate(() => window.axe.run());
          const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join("\n  ")}`);
          assert.deepEqual(told, []);
          assert.ok(passes.some(({ id }) => id === "color-contrast"), "the contrast was looked at");
          const { wide, screen } = await page.evaluate(() => ({
            wide: document.documentElement.scrollWidth,
            screen: document.documentElement.clientWidth,
          }));
          assert.ok(wide <= screen, `${wide} px on a screen of ${screen} px`);
          assert.deepEqual(trouble, []);
          await close();
        });
      }
    }

    test("the themes differ, and the style passes the page's own policy", async () => {
      const background = async (colorScheme) => {
        const { page, close } = await open(name, { colorScheme });
        const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        await close();
        return colour;
      };
      const [light, dark] = [await background("light"), await background("dark")];
      assert.notEqual(light, dark);
      assert.notEqual(light, "rgba(0, 0, 0, 0)");
    });

    test("it reads without script", async () => {
      const { page, trouble, close } = await open(name, { javaScriptEnabled: false });
      assert.ok(await page.getByRole("heading", { name: "What this means" }).isVisible());
      assert.deepEqual(trouble, []);
      await close();
    });

    test("the keyboard reaches the summary, opens what is folded, and scrolls tables", async () => {
      const { page, close } = await open(name, { viewport: SCREENS.telephone });
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => url.hash === "#summary", { timeout: 5_000 });
      const folded = page.locator("details").first();
      if (await folded.count()) {
        await folded.locator("summary").focus();
        await page.keyboard.press("Enter");
        assert.ok(await folded.evaluate((details) => details.open));
      }
      const stuck = await page.evaluate(() =>
        [...document.querySelectorAll(".scroll")].filter((box) => box.tabIndex !== 0).length,
      );
      assert.equal(stuck, 0);
      await close();
    });
  });
}

test("sections and figures are there", async () => {
  const expected = {
    good: ["Success rate", "Scenarios", "Latency", "Over time", "Projection", "What this means", "Settings, and how to repeat the run"],
    failed: ["Success rate", "What failed", "Scenarios", "Latency", "What this means"],
    load: ["Success rate", "What failed", "Latency", "Over time", "Load", "What this means"],
    merged: ["Success rate", "What failed", "Latency", "Over time", "Load", "What this means"],
    comparison: ["The two runs", "Success rate", "Response time", "What happened", "What this means"],
  };
  for (const [name, headings] of Object.entries(expected)) {
    const { page, close } = await open(name);
    for (const heading of headings) {
      assert.ok(await page.getByRole("heading", { name: heading, exact: true }).isVisible(), `${name}: ${heading}`);
    }
    const figures = await page.locator("svg[role=img]:not(.waterfall)").all();
    assert.ok(figures.length >= 1, name);
    for (const figure of figures) {
      const box = await figure.boundingBox();
      assert.ok(box.width > 200 && box.height > 50, `${name}: ${JSON.stringify(box)}`);
    }
    await close();
  }
});

for (const name of ["good", "load"]) {
  test(`${name}: every bar and point of a chart says what it stands for`, async () => {
    const { page, close } = await open(name);
    const untold = await page.evaluate(() => {
      const shapes = document.querySelectorAll("figure svg rect, figure svg circle");
      const told = (shape) => shape.querySelector("title") ?? shape.closest("g")?.querySelector(":scope > title");
      return [...shapes].filter((shape) => !told(shape)).length;
    });
    assert.equal(untold, 0);
    await close();
  });

  test(`${name}: the charts over time hold what the report holds`, async () => {
    const report = JSON.parse(textOf(`${name}.json`));
    const slots = report.load?.series ?? report.series;
    const { page, close } = await open(name);
    const titles = await page.locator("section[aria-labelledby=over-time] g > title").allTextContents();
    const good = (text) => Number(/: ([0-9,]+) good/.exec(text)[1].replaceAll(",", ""));
    assert.equal(titles.length, slots.length);
    assert.equal(
      titles.reduce((sum, title) => sum + good(title), 0),
      slots.reduce((sum, slot) => sum + slot.good, 0),
    );
    await close();
  });
}

for (const name of ["hostile", "hostile-load"]) test(`${name}: hostile text is text`, async () => {
  const { page, trouble, close } = await open(name);
  for (const summary of await page.locator("summary").all()) await summary.click();
  const { hacked, elements, shown } = await page.evaluate(() => ({
    hacked: window.hacked,
    elements: document.querySelectorAll("script, img, iframe, object, b, [onload], [onerror]").length,
    shown: document.body.innerText.includes("<script>window.hacked=1</script>"),
  }));
  assert.equal(hacked, undefined);
  assert.equal(elements, 0);
  assert.ok(shown, "the text is there, as text");
  assert.deepEqual(trouble, []);
  await close();
});

test("on paper nothing is folded away", async () => {
  const { page, close } = await open("failed");
  await page.emulateMedia({ media: "print" });
  const hidden = await page.evaluate(() =>
    [...document.querySelectorAll("details dl")].filter((list) => list.getBoundingClientRect().height === 0).length,
  );
  assert.equal(hidden, 0);
  await close();
});
