// node live.mjs PLATEAU SPEC RUNS HOSTILE ZIPPED: the pages of `plateau serve` beside a run that is killed and goes on.
import axe from "axe-core";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { browser, check, choose, finish, numbers, same, settle, test } from "./harness.mjs";

const [plateau, spec, runs, hostile, zipped] = process.argv.slice(2),
  METRICS = ["sharpe", "mdd", "n_trades"];
const children = new Set();
process.on("exit", () => children.forEach((c) => c.kill("SIGKILL")));

function start(...args) {
  const child = spawn(plateau, args, { stdio: ["ignore", "ignore", "pipe"] });
  children.add(child);
  child.said = "";
  child.stderr.on("data", (d) => {
    child.said += d;
  });
  child.ended = new Promise((done) =>
    child.on("exit", (code, signal) => {
      children.delete(child);
      done(code ?? signal);
    }),
  );
  return child;
}
async function until(what, truth, seconds = 120) {
  for (const end = Date.now() + 1000 * seconds; Date.now() < end;) {
    const value = await truth();
    if (value) return value;
    await new Promise((r) => setTimeout(r, 100));
  }
  throw new Error(`waited too long for ${what}`);
}
async function serve(listen) {
  const server = start("serve", runs, "--http", listen);
  server.url = await until("the server", () => /serving\s+(http\S+)\/\n/.exec(server.said)?.[1]);
  return server;
}
const id = () => readdirSync(runs).find((n) => n.startsWith("slow-"));

let computing = start("run", spec, "--dir", runs, "--workers", "1", "--quiet", "--no-ledger");
await until("the run's folder", () => id());
let server = await serve("127.0.0.1:0");
const { url } = server,
  b = await browser();

async function open(path, options = {}) {
  const context = await b.newContext({ viewport: { width: 1280, height: 800 }, ...options }),
    page = await context.newPage(),
    noise = [];
  page.on("console", (m) => noise.push(`console ${m.type()}: ${m.text()}`));
  page.on("pageerror", (e) => noise.push(`error: ${e.stack}`));
  page.on("request", (r) => {
    if (!r.url().startsWith(`${url}/`) && !r.url().startsWith("data:")) noise.push(`request: ${r.url().slice(0, 100)}`);
  });
  page.on("dialog", (d) => {
    noise.push(`dialog: ${d.message()}`);
    void d.dismiss();
  });
  await page.goto(url + path);
  await page.waitForFunction(() => document.documentElement.dataset.ready);
  return { page, noise };
}
const { page, noise } = await open("/");
const version = () => page.evaluate(() => Number(document.documentElement.dataset.version ?? -1));
const done = async () => Number((await page.innerText("#cells")).split(" of ")[0].replaceAll(",", ""));
const counts = () => page.evaluate(() => ({ ...globalThis.plateauCounters }));
const known = () =>
  page.evaluate(() => globalThis.plateauPage.explorer.shown[0].view.values.filter((v) => !Number.isNaN(v)).length);
const state = () => page.evaluate(() => structuredClone(globalThis.plateauPage.explorer.state));

await test("the list leads to the run, by keyboard", async () => {
  await page.waitForSelector("#runs a");
  await page.focus("#theme");
  for (let i = 0; i < 10 && (await page.evaluate(() => document.activeElement.textContent)) !== id(); i++)
    await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => globalThis.plateauPage);
  same(new URL(page.url()).searchParams.get("id"), id(), "run");
  await page.evaluate(() => {
    globalThis.neverReloaded = true;
  });
});
await test("the page fills while the run goes, and reads what it shows", async () => {
  await choose(page, "how", "slice");
  const first = await until("numbers", async () => (await version()) > 0 && (await known()));
  await page.evaluate(() => {
    Object.assign(globalThis.plateauCounters, { reads: 0, draws: 0, sections: 0 });
  });
  const before = await version();
  await until("more cells", async () => (await version()) > before);
  await settle(page);
  const c = await counts(),
    [nx, ny] = await page.evaluate(() => {
      const { view } = globalThis.plateauPage.explorer.shown[0];
      return [view.nx, view.ny];
    });
  check(c.draws >= 1, "nothing was drawn");
  same(c.reads, c.draws * nx * ny, "values read");
  check(c.sections <= 2 * c.draws, `${c.sections} answers for ${c.draws} drawings`);
  await until("a fuller heatmap", async () => (await known()) > first);
  check((await page.innerText("#state")).startsWith("Running"), "state");
  check((await page.innerText("#workers")).includes("local-1"), "workers");
  check(Number((await page.innerText("#rate")).replaceAll(",", "")) > 0, "rate");
});
await test("a coordinator that is killed leaves the page with what there is", async () => {
  computing.kill("SIGKILL");
  same(await computing.ended, "SIGKILL", "the run was over before it could be killed");
  await until("the state", async () => (await page.innerText("#state")).startsWith("Nobody computes this run now"));
  check((await known()) > 0, "the numbers are gone");
});
await test("the page goes on when the run does, to its end", async () => {
  const before = await done();
  computing = start("resume", id(), "--dir", runs, "--workers", "2", "--quiet", "--no-ledger");
  await until("more cells", async () => (await done()) > before);
  same(await computing.ended, 0, "resume");
  await until("the end", async () => (await page.innerText("#state")) === "Finished", 60);
  same((await page.innerText("#done")).replace(/\s/g, ""), "100.0%", "computed");
  await until(
    "the last cells",
    async () =>
      (await version()) ===
      (await page.evaluate(async (r) => (await (await fetch("api/runs")).json()).find((x) => x.run === r).tiles, id())),
  );
  await settle(page);
  check(await page.evaluate(() => globalThis.neverReloaded), "the page was loaded again");
});

const h5 = JSON.parse(
  execFileSync(
    "/usr/bin/python3",
    [join(dirname(fileURLToPath(import.meta.url)), "dump.py"), join(runs, id(), "results.h5"), ...METRICS],
    { maxBuffer: 1 << 28 },
  ),
);
const number = (v) => (v === null ? NaN : v === "inf" ? Infinity : v === "-inf" ? -Infinity : v);
const shape = h5.shape,
  total = shape.reduce((a, c) => a * c, 1),
  stride = shape.map((_, d) => shape.slice(d + 1).reduce((a, c) => a * c, 1));
const value = (metric, s, p, point) => number(h5.metrics[metric][(s * h5.periods.length + p) * total + point]);
const metricOf = Object.fromEntries(
  await page.$$eval("#metric option", (all) => all.map((o) => [o.textContent.split(" ")[0], Number(o.value)])),
);

async function agrees(metric) {
  const s = await state(),
    f = (p) => value(metric, s.scenario, s.period, p) - (s.minus === null ? 0 : value(metric, s.minus, s.period, p)),
    cells = new Map();
  for (let p = 0; p < total; p++) {
    const l = shape.map((n, d) => Math.floor(p / stride[d]) % n),
      c = l[s.y] * shape[s.x] + l[s.x];
    if (s.how === "slice" && !l.every((v, d) => d === s.x || d === s.y || v === s.held[d])) continue;
    if (!Number.isNaN(f(p))) cells.set(c, [...(cells.get(c) ?? []), f(p)]);
  }
  const got = (await numbers(page))[0].slice(0, shape[s.y]);
  same(got.length, Math.min(shape[s.y], 200), "rows");
  got.forEach((row, y) =>
    row.forEach((v, x) => {
      const all = (cells.get(y * shape[s.x] + x) ?? []).sort((a, c) => a - c),
        n = all.length,
        low = all[(n - 1) >> 1],
        high = all[n >> 1];
      same(
        v,
        !n ? NaN : s.how === "min" ? all[0] : s.how === "max" ? all[n - 1] : low === high ? low : (low + high) / 2,
        `${metric}, ${s.how}: cell ${x}, ${y}`,
      );
    }),
  );
}
await test("every view is what results.h5 holds", async () => {
  for (const how of ["slice", "median", "min", "max"]) {
    await choose(page, "how", how);
    for (const metric of METRICS) {
      await choose(page, "metric", metricOf[metric]);
      await agrees(metric);
    }
  }
  await choose(page, "scenario", 2);
  await choose(page, "period", 1);
  await choose(page, "minus", 0);
  await choose(page, "x", 2);
  await agrees("n_trades");
});
await test("the file alone says the same", async () => {
  const alone = start("serve", join(runs, id(), "results.h5"), "--http", "127.0.0.1:0");
  const other = await until("the server", () => /serving\s+(http\S+)\/run/.exec(alone.said)?.[1]);
  const bytes = async (where) => Buffer.from(await (await fetch(where)).arrayBuffer()).toString("hex");
  for (const how of ["slice", "median"]) {
    const asked = `metric=${metricOf.sharpe}&scenario=1&minus=0&period=1&x=0&y=2&how=${how}&held=0,1,2,1`;
    const got = await bytes(`${other}/api/view?run=results.h5&${asked}`);
    check(got.length > 1000, got);
    same(got, await bytes(`${url}/api/view?run=${id()}&${asked}`), how);
  }
  alone.kill("SIGTERM");
  same(await alone.ended, 0, "serve");
});
await test("the keyboard opens a cell, with its stored numbers", async () => {
  await choose(page, "minus", "");
  await choose(page, "how", "slice");
  const s = await state();
  await page.focus(".explorer .stage");
  for (const key of ["Escape", "ArrowRight", "ArrowRight", "Enter"]) await page.keyboard.press(key);
  await page.waitForSelector(".inspected");
  const cell = await page.$eval(".inspected", (e) => ({
    point: Number(e.dataset.point),
    status: e.dataset.status,
    rows: [...e.querySelectorAll("tbody tr")].map((r) => [
      r.querySelector("th [data-metric]").dataset.metric,
      ...[...r.querySelectorAll("data")].map((d) => Number(d.value)),
    ]),
  }));
  same(cell.status, "ok", "status");
  same(Math.floor(cell.point / stride[s.x]) % shape[s.x], 1, "level");
  for (const metric of METRICS) {
    const [, ...values] = cell.rows.find(([name]) => name === metric);
    values.forEach((v, p) => same(v, value(metric, s.scenario, p, cell.point), `${metric} of point ${cell.point}`));
  }
});
await test("a server that went away is found again", async () => {
  server.kill("SIGTERM");
  same(await server.ended, 0, "serve");
  await until("the state", async () => (await page.innerText("#state")).includes("does not answer"));
  server = await serve(url.slice("http://".length));
  await until("the state", async () => (await page.innerText("#state")) === "Finished");
  check(await page.evaluate(() => globalThis.neverReloaded), "the page was loaded again");
});
await test("the console told of the lost server and of nothing else", async () => {
  const others = noise.filter(
    (n) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/.test(n),
  );
  check(!others.length, others.slice(0, 5).join("\n"));
});
await test("hostile names stay text", async () => {
  for (const path of ["/", `/run?id=${encodeURIComponent(hostile)}`]) {
    const other = await open(path);
    await other.page.waitForSelector(path === "/" ? "#runs a" : ".explorer .stage");
    same(await other.page.evaluate(() => globalThis.hacked), undefined, `${path}: script`);
    same(
      await other.page.$$eval("img, iframe, object, i, #app b, svg[onload], #app script", (a) => a.length),
      0,
      `${path}: foreign elements`,
    );
    check(
      (await other.page.evaluate(() => document.body.innerText)).includes("hacked"),
      `${path}: the name is not shown`,
    );
    check(
      await other.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
      `${path}: wider than the window`,
    );
    check(!other.noise.length, other.noise.slice(0, 3).join("\n"));
    await other.page.context().close();
  }
});
await test("a finished run shows its verdict as soon as somebody reviews it", async () => {
  const other = await open(`/run?id=${encodeURIComponent(hostile)}`);
  await other.page.waitForSelector("#verdict code");
  check((await other.page.innerText("#verdict")).includes("plateau review"), "it does not say how");
  const said = execFileSync(plateau, ["review", join(runs, hostile), "--no-ledger", "--format", "json"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const review = JSON.parse(said);
  await other.page.waitForSelector("#class", { timeout: 60000 });
  same((await other.page.innerText("#class")).toLowerCase(), review.verdict.class, "class");
  same(await other.page.$$eval("#verdict .fail", (all) => all.length), review.verdict.reasons.length, "reasons");
  for (const [name, group] of Object.entries({ plateau_ratio: "plateau", stress_retention: "stress", dsr: "luck" }))
    same(
      Number(await other.page.$eval(`#verdict [data-figure="${name}"]`, (e) => e.value)),
      number(review.figures[group][name]),
      name,
    );
  await other.page.click("#show-chosen");
  await other.page.waitForSelector(`.inspected[data-point="${review.picks.chosen.point}"]`);
  same(await other.page.evaluate(() => globalThis.hacked), undefined, "script");
  check(!other.noise.length, other.noise.slice(0, 3).join("\n"));
  await other.page.context().close();
});
await test("an empty folder says how to begin", async () => {
  const empty = mkdtempSync(join(tmpdir(), "plateau-empty-")),
    other = start("serve", empty, "--http", "127.0.0.1:0"),
    where = await until("the server", () => /serving\s+(http\S+)\/\n/.exec(other.said)?.[1]),
    context = await b.newContext(),
    fresh = await context.newPage();
  await fresh.goto(where);
  await fresh.waitForSelector("#runs code");
  check((await fresh.innerText("#runs")).includes("plateau run SPEC"), "it does not say how");
  await context.close();
  other.kill("SIGTERM");
  same(await other.ended, 0, "serve");
  rmdirSync(empty);
});
await test("a run whose cells all failed says so, and shows no colours of nothing", async () => {
  const csv = join(runs, "failed.csv"),
    rows = [1, 2, 3].map((v) => `${v},train,,\n${v},validation,,\n`);
  writeFileSync(csv, `a,period,sharpe,mdd\n${rows.join("")}`);
  execFileSync(plateau, ["import", csv, "--name", "failed", "--dir", runs], { stdio: "ignore" });
  rmSync(csv);
  const other = await open(`/run?id=${readdirSync(runs).find((n) => n.startsWith("failed-"))}`);
  await other.page.waitForSelector("#failed.bad");
  same(await other.page.innerText("#failed"), "3", "failed");
  check((await other.page.innerText("#failures")).includes("failed"), "no list");
  same(await other.page.innerText(".explorer .scale"), "No values.", "scale");
  check(!other.noise.length, other.noise.slice(0, 3).join("\n"));
  await other.page.context().close();
});
await test("axes that go together are shown together, from the file too", async () => {
  const run = start("run", zipped, "--dir", runs, "--quiet", "--no-ledger");
  same(await run.ended, 0, `run: ${run.said}`);
  const folder = readdirSync(runs).find((n) => n.startsWith("zipped-")),
    alone = start("serve", join(runs, folder, "results.h5"), "--http", "127.0.0.1:0"),
    where = await until("the server", () => /serving\s+(http\S+)\/run/.exec(alone.said)?.[1]);
  const axes = async (base, key) =>
    (await (await fetch(`${base}/api/model?run=${key}`)).json()).dimensions.map((d) =>
      d.axes.map(({ label, path, texts, values }) => ({ label, path, texts, values })),
    );
  const file = await axes(where, "results.h5");
  same(JSON.stringify(file), JSON.stringify(await axes(url, folder)), "axes");
  same(Math.max(...file.map((d) => d.length)), 2, "members of the zip group");
  alone.kill("SIGTERM");
  same(await alone.ended, 0, "serve");
});
for (const path of ["/", `/run?id=${id()}`])
  for (const [colorScheme, width] of [
    ["light", 1280],
    ["dark", 1280],
    ["light", 390],
    ["dark", 390],
  ])
    await test(`no serious finding of axe: ${path === "/" ? "list" : "run"}, ${colorScheme}, ${width} wide`, async () => {
      const other = await open(path, { viewport: { width, height: 844 }, colorScheme, bypassCSP: true });
      await other.page.waitForSelector(path === "/" ? "#runs a" : "#state:not(:empty)");
      await other.page.evaluate(axe.source);
      const found = await other.page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      const bad = found.violations
        .filter((v) => ["serious", "critical"].includes(v.impact))
        .map(
          (v) =>
            `${v.id}: ${v.nodes
              .slice(0, 3)
              .map((n) => n.target.join(" "))
              .join(" | ")}`,
        );
      check(!bad.length, bad.join("; "));
      check(
        await other.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
        "the page is wider than the window",
      );
      await other.page.context().close();
    });
await b.close();
server.kill("SIGTERM");
finish();
