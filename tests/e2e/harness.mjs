// A browser on a page that is a file, and tests that are functions. A page may fetch nothing and say nothing.
import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";

const args = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];
let failed = 0,
  passed = 0;

export function check(truth, text) {
  if (!truth) throw new Error(text);
}

export function same(got, wanted, text) {
  if (!Object.is(got, wanted)) throw new Error(`${text}: ${got} instead of ${wanted}`);
}

export async function test(name, body) {
  const start = Date.now();
  try {
    await body();
    passed++;
    console.log(`ok      ${name} (${Date.now() - start} ms)`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}: ${error.stack ?? error}`);
  }
}

export function finish() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed || !passed ? 1 : 0);
}

export async function browser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args });
}

/** Opens a file; whatever it asks of a network or says on the console is in `noise`. */
export async function open(browser, file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, offline: true, ...options });
  const page = await context.newPage(),
    noise = [],
    url = pathToFileURL(file).href;
  page.on("console", (m) => noise.push(`console ${m.type()}: ${m.text()}`));
  page.on("pageerror", (e) => noise.push(`error: ${e.stack}`));
  page.on("request", (r) => {
    if (r.url().split("#")[0] !== url) noise.push(`request: ${r.url().slice(0, 100)}`);
  });
  page.on("dialog", (d) => {
    noise.push(`dialog: ${d.message()}`);
    void d.dismiss();
  });
  const start = Date.now();
  await page.goto(url);
  await page.waitForFunction(
    () => globalThis.plateauCounters?.draws > 0 || document.documentElement.dataset.ready === "failed",
    null,
    { timeout: 120000 },
  );
  const first = Date.now() - start;
  await page.waitForFunction(() => document.documentElement.dataset.ready, null, { timeout: 120000 });
  return { page, noise, first, context };
}

/** Waits until the explorer has drawn what was asked for. */
export const settle = (page) =>
  page.evaluate(async () => {
    await globalThis.plateauPage.explorer.ready;
  });

export async function choose(page, id, value) {
  await page.selectOption(`#${id}`, String(value));
  await settle(page);
}

/** The numbers of every panel, exact, row by row as the table shows them. */
export async function numbers(page) {
  await page.evaluate(() => {
    document.querySelector("details.numbers").open = true;
  });
  await page.waitForFunction(() => document.querySelector("details.numbers table"));
  await settle(page);
  return page.$$eval("details.numbers table", (tables) =>
    tables.map((t) =>
      [...t.querySelectorAll("tbody tr")].map((r) =>
        [...r.querySelectorAll("td data")].map((d) => (d.value === "NaN" ? NaN : Number(d.value))),
      ),
    ),
  );
}
