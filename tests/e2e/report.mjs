// node report.mjs PAGE.html NUMBERS.json REVIEW.json: the report of a whole run against its results.h5.
import axe from "axe-core";
import { readFileSync, statSync } from "node:fs";
import { browser, check, choose, finish, numbers, open, same, settle, test } from "./harness.mjs";

const [file, numbersFile, reviewFile] = process.argv.slice(2);
const h5 = JSON.parse(readFileSync(numbersFile, "utf8")),
  review = JSON.parse(readFileSync(reviewFile, "utf8"));
const number = (v) => (v === null ? NaN : v === "inf" ? Infinity : v === "-inf" ? -Infinity : v);
const shape = h5.shape,
  total = shape.reduce((a, b) => a * b, 1),
  stride = shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1));
const value = (metric, s, p, point) => number(h5.metrics[metric][(s * h5.periods.length + p) * total + point]);
const pointOf = (levels) => levels.reduce((a, l, d) => a + l * stride[d], 0);
const levelsOf = (point) => shape.map((n, d) => Math.floor(point / stride[d]) % n);

const b = await browser();
const { page, noise } = await open(b, file);
const state = () => page.evaluate(() => structuredClone(globalThis.plateauPage.explorer.state));
const names = await page.$$eval("#metric option", (all) =>
  all.map((o) => [Number(o.value), o.textContent.split(" ")[0]]),
);

/** What the page must show for its state, in a second reading of results.h5. */
async function wanted(s, metric, scenario = s.scenario, period = s.period) {
  const f = (point) =>
    value(metric, scenario, period, point) - (s.minus === null ? 0 : value(metric, s.minus, period, point));
  return Array.from({ length: shape[s.y] }, (_, y) =>
    Array.from({ length: shape[s.x] }, (_, x) => {
      if (s.how === "slice") return f(pointOf(s.held.map((l, d) => (d === s.x ? x : d === s.y ? y : l))));
      const all = [];
      for (let p = 0; p < total; p++) {
        const l = levelsOf(p);
        if (l[s.x] === x && l[s.y] === y && !Number.isNaN(f(p))) all.push(f(p));
      }
      all.sort((a, c) => a - c);
      const n = all.length,
        low = all[(n - 1) >> 1],
        high = all[n >> 1];
      return !n ? NaN : s.how === "min" ? all[0] : s.how === "max" ? all[n - 1] : low === high ? low : (low + high) / 2;
    }),
  );
}
async function agrees(what, panel = 0, scenario, period) {
  const s = await state(),
    metric = names.find(([i]) => i === s.metric)[1],
    want = await wanted(s, metric, scenario, period),
    got = (await numbers(page))[panel];
  same(got.length, want.length, `${what}: rows`);
  want.forEach((row, y) => row.forEach((v, x) => same(got[y][x], v, `${what}: cell ${x}, ${y}`)));
}

await test("the file is under 8 MB", async () => check(statSync(file).size < 8e6, `${statSync(file).size} bytes`));
await test("the first screen answers the four questions", async () => {
  const text = await page.innerText("#verdict"),
    inside = await page.$eval(".cards", (e) => e.getBoundingClientRect().bottom <= innerHeight);
  for (const q of [
    "Which parameters would you trade?",
    "How wide is the plateau?",
    "What breaks it?",
    "How likely is it luck?",
  ])
    check(text.includes(q), q);
  check(inside, "the answers do not fit the first screen");
});
await test("verdict and figures are the review's", async () => {
  same((await page.innerText("#class")).toLowerCase(), review.verdict.class, "class");
  same(await page.$$eval(".reasons li", (all) => all.length), review.verdict.reasons.length, "reasons");
  const figure = (name) => page.$eval(`[data-figure="${name}"]`, (e) => Number(e.value));
  same(await figure("train"), review.picks.chosen.train, "train");
  same(await figure("basin"), review.figures.plateau.basin_frac, "basin");
  same(await figure("luck"), 1 - review.figures.luck.dsr, "luck");
  same(await figure("pbo"), review.figures.overfitting.pbo, "PBO");
  await page.$$eval("#figures details", (all) =>
    all.forEach((d) => {
      d.open = true;
    }),
  );
  for (const [group, values] of Object.entries(review.figures))
    for (const [name, v] of Object.entries(values))
      if (typeof v === "number") same(await figure(`${group}.${name}`), v, `${group}.${name}`);
});
await test("what a robust choice lacks is not recommended, and the words are explained", async () => {
  const advice = await page.innerText(".card .answer >> nth=0");
  same(advice.startsWith("Point"), review.verdict.class === "robust", advice);
  for (const s of h5.scenarios)
    check((await page.innerText("#words")).includes(s) && (await page.innerText("#scenarios")).includes(s), s);
  check((await page.innerText("#scenarios")).includes("one crash day a quarter"), "flash_crash is a name only");
  const words = await page.$$eval("#words dt", (all) => all.map((e) => e.textContent).join());
  for (const word of ["point", "plateau", "PBO", "deflated Sharpe ratio", "R"]) check(words.includes(word), word);
});
await test("charts that are compared have one scale", async () => {
  for (const section of ["#plateau", "#axes"]) {
    const scales = await page.$$eval(`${section} .chart`, (charts) =>
      charts.map((c) =>
        [...c.querySelectorAll("text.tick[x]")].map((t) => `${t.textContent}@${t.getAttribute("y")}`).join(),
      ),
    );
    check(scales.length > 1 && new Set(scales).size === 1, `${section}: ${[...new Set(scales)].join(" | ")}`);
  }
});
await test("the map of the plateau ratio shows its numbers, not where its colours end", async () => {
  const [shown, stored] = await page.evaluate(async () => {
    const { stability, source } = globalThis.plateauPage,
      all = await source.array("map/plateau_ratio"),
      { view } = stability.maps[1][1];
    return [Array.from(view.values), Array.from(view.values, (_, c) => all[view.point(c)])];
  });
  shown.forEach((v, c) => same(v, stored[c], `cell ${c}`));
  check(
    stored.some((v) => v > 1.5),
    "no ratio beyond the colours",
  );
});
await test("sliders of a projection say that it is over all levels", async () => {
  await choose(page, "how", "median");
  const outputs = () => page.$$eval(".slider output", (all) => all.map((o) => o.textContent));
  for (const text of await outputs()) check(/^all \d+ levels$/.test(text), text);
  await choose(page, "how", "slice");
  for (const text of await outputs()) check(!text.startsWith("all"), text);
});
await test("every metric shows the stored bits", async () => {
  await choose(page, "how", "slice");
  for (const [i, name] of names) {
    await choose(page, "metric", i);
    await agrees(name);
  }
  check(
    names.length === Object.keys(h5.metrics).length,
    `${names.length} metrics of ${Object.keys(h5.metrics).length}`,
  );
});
await test("every scenario and period", async () => {
  await choose(page, "metric", names.find(([, n]) => n === "sharpe")[0]);
  for (let s = 0; s < h5.scenarios.length; s++)
    for (let p = 0; p < h5.periods.length; p++) {
      await choose(page, "scenario", s);
      await choose(page, "period", p);
      await agrees(`${h5.scenarios[s]}, ${h5.periods[p]}`);
    }
  await choose(page, "scenario", 0);
  await choose(page, "period", 0);
});
await test("every pair of axes, as slice, median, minimum and maximum", async () => {
  for (let x = 0; x < shape.length; x++)
    for (let y = 0; y < shape.length; y++) {
      if (x === y) continue;
      await choose(page, "x", x);
      await choose(page, "y", y);
      for (const how of ["slice", "median", "min", "max"]) {
        await choose(page, "how", how);
        await agrees(`${x}, ${y}, ${how}`);
      }
    }
});
await test("the difference between two scenarios", async () => {
  await choose(page, "scenario", 2);
  await choose(page, "minus", 0);
  for (const how of ["slice", "median"]) {
    await choose(page, "how", how);
    await agrees(how);
  }
  await choose(page, "minus", "");
  await choose(page, "scenario", 0);
});
await test("panels per scenario, per period, per level, each with its own numbers", async () => {
  await choose(page, "how", "median");
  await choose(page, "facet", "scenario");
  for (let s = 0; s < h5.scenarios.length; s++) await agrees(h5.scenarios[s], s, s);
  await choose(page, "facet", "period");
  for (let p = 0; p < h5.periods.length; p++) await agrees(h5.periods[p], p, undefined, p);
  same(await page.$$eval(".explorer .scale", (a) => a.length), 1, "shared colours");
  await choose(page, "shared", "own");
  same(await page.$$eval(".explorer .scale", (a) => a.length), h5.periods.length, "colours per panel");
  await choose(page, "shared", "shared");
  const { x, y } = await state(),
    d = shape.findIndex((_, i) => i !== x && i !== y);
  await choose(page, "facet", d);
  same((await numbers(page)).length, shape[d], "panels per level");
  const s = await state();
  for (let l = 0; l < shape[d]; l++) {
    const got = (await numbers(page))[l],
      metric = "sharpe";
    same(
      got[0][0],
      value(metric, 0, 0, pointOf(s.held.map((h, i) => (i === x || i === y ? 0 : i === d ? l : h)))),
      `level ${l}`,
    );
  }
  await choose(page, "facet", "none");
});
await test("a slider move reads the visible slice only and draws it once", async () => {
  await choose(page, "how", "slice");
  await page.evaluate(() => {
    document.querySelector("details.numbers").open = false;
  });
  const s = await state(),
    d = shape.findIndex((n, i) => i !== s.x && i !== s.y && n > 2),
    before = s.held[d],
    key = before > 0 ? "ArrowLeft" : "ArrowRight";
  await page.focus(`#slide-${d}`);
  await page.evaluate(() => {
    Object.assign(globalThis.plateauCounters, { reads: 0, draws: 0, sections: 0 });
  });
  await page.keyboard.press(key);
  await settle(page);
  const counts = await page.evaluate(() => ({ ...globalThis.plateauCounters })),
    after = await state();
  same(after.held[d], before + (key === "ArrowLeft" ? -1 : 1), "level");
  check(
    counts.reads > 0 && counts.reads <= shape[s.x] * shape[s.y],
    `${counts.reads} values read for ${shape[s.x]} x ${shape[s.y]}`,
  );
  same(counts.draws, 1, "drawings");
  same(counts.sections, 0, "sections unpacked");
  await agrees("after the move");
});
await test("a slider turns a projection into a slice", async () => {
  await choose(page, "how", "median");
  const s = await state(),
    d = shape.findIndex((n, i) => i !== s.x && i !== s.y && n > 1);
  await page.focus(`#slide-${d}`);
  await page.keyboard.press(s.held[d] > 0 ? "ArrowLeft" : "ArrowRight");
  await settle(page);
  same((await state()).how, "slice", "how");
  await agrees("slice");
});
await test("through the peak, through the robust pick", async () => {
  for (const [button, pick] of [
    ["#to-peak", "peak"],
    ["#to-robust", "robust"],
  ]) {
    await page.click(button);
    await settle(page);
    same(pointOf((await state()).held), review.picks[pick].point, pick);
    await agrees(pick);
  }
});

async function box(cell) {
  return page.evaluate((c) => {
    const map = globalThis.plateauPage.explorer.maps[0],
      [x, y, w, h] = map.box(c);
    map.canvas.scrollIntoView({ block: "center", behavior: "instant" });
    const at = map.canvas.getBoundingClientRect();
    return [at.left + x + w / 2, at.top + y + h / 2];
  }, cell);
}
async function inspected() {
  return page.$eval(".inspected", (e) => ({
    point: Number(e.dataset.point),
    scenario: Number(e.dataset.scenario),
    rows: [...e.querySelectorAll("tbody tr")].map((r) => [
      r.querySelector("th [data-metric]").dataset.metric,
      ...[...r.querySelectorAll("data")].map((d) => Number(d.value)),
    ]),
  }));
}
await test("a click shows the cell that was clicked, with its stored numbers", async () => {
  const s = await state(),
    nx = shape[s.x],
    ny = shape[s.y];
  for (const [x, y] of [
    [0, 0],
    [nx - 1, 0],
    [0, ny - 1],
    [nx - 1, ny - 1],
    [1, 2 % ny],
  ]) {
    await page.mouse.click(...(await box(y * nx + x)));
    const point = pointOf(s.held.map((l, d) => (d === s.x ? x : d === s.y ? y : l)));
    await page.waitForFunction((p) => document.querySelector(".inspected")?.dataset.point === String(p), point);
    const cell = await inspected();
    check(cell.rows.length > 20, `${cell.rows.length} metrics`);
    for (const [name, ...values] of cell.rows)
      values.forEach((v, p) => same(v, value(name, cell.scenario, p, point), `${name} of point ${point}`));
  }
});
await test("the keyboard moves and opens cells, and says them", async () => {
  const s = await state(),
    nx = shape[s.x],
    up = (await page.evaluate(() => globalThis.plateauPage.explorer.maps[0].panel.yUp)) ? 1 : -1;
  await page.focus(".explorer .stage");
  await page.keyboard.press("Escape");
  await page.keyboard.press("ArrowRight"); // enters at the first cell
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press(up > 0 ? "ArrowUp" : "ArrowDown");
  await page.keyboard.press("Enter");
  const point = pointOf(s.held.map((l, d) => (d === s.x ? 1 : d === s.y ? 1 : l)));
  await page.waitForFunction((p) => document.querySelector(".inspected")?.dataset.point === String(p), point);
  check(
    (await page.$eval(".explorer .heatmap [aria-live]", (e) => e.textContent)).includes("sharpe"),
    "nothing is said",
  );
  const reached = await page.evaluate(
    async () =>
      document.querySelectorAll(".explorer select, .explorer input, .explorer button, .explorer .stage").length,
  );
  check(nx > 1 && reached > 10, "controls");
});
await test("the basin on the map is the review's", async () => {
  await page.selectOption("#stability-point", String(review.picks.chosen.point));
  await page.waitForFunction(() => document.querySelector("#basin-words").dataset.basin);
  const got = Number(await page.$eval("#basin-words", (e) => e.dataset.basin));
  same(got, Math.round(review.figures.plateau.basin_frac * review.figures.grid.n_valid), "basin");
});
await test("the histogram adds up to the probability of overfitting", async () => {
  const shares = await page.evaluate(async () => Array.from(await globalThis.plateauPage.source.array("splits/logit")));
  const all = shares.reduce((a, c) => a + c, 0),
    left = shares.slice(0, shares.length / 2).reduce((a, c) => a + c, 0);
  check(
    Math.abs(left / all - review.figures.overfitting.pbo) < 1e-12,
    `${left / all} instead of ${review.figures.overfitting.pbo}`,
  );
});
await test("walk-forward windows have their dates", async () => {
  await page.$eval("#folds details", (d) => (d.open = true));
  const [rows, want] = await page.evaluate(async () => {
    const { source } = globalThis.plateauPage,
      days = [...(await source.array("cell/0/0/day")), ...(await source.array("cell/0/1/day"))],
      day = (row) => new Date(days[row] * 86400000).toISOString().slice(0, 10);
    return [
      [...document.querySelectorAll("#folds tbody tr")].map((r) => [r.cells[1].textContent, r.cells[2].textContent]),
      source.model.review.folds.windows.map((w) => [
        `${day(w.is_begin)} to ${day(w.is_end - 1)}`,
        `${day(w.oos_begin)} to ${day(w.oos_end - 1)}`,
      ]),
    ];
  });
  same(rows.length, review.folds.windows.length, "rows");
  same(JSON.stringify(rows), JSON.stringify(want), "dates");
  same(rows[0][0].slice(0, 10), "2013-02-08", "the first day");
});
await test("the equity curve ends where the stored return says, and every switch changes it", async () => {
  const ends = await page.evaluate(async (periods) => {
    const { source } = globalThis.plateauPage,
      out = [];
    for (let p = 0; p < periods; p++) {
      const e = await source.array(`cell/0/${p}/equity`);
      out.push(e[e.length - 1] / source.model.run.starting_equity - 1);
    }
    return out;
  }, h5.periods.length);
  ends.forEach((v, p) =>
    check(Math.abs(v - value("total_return", 0, p, review.picks.chosen.point)) < 1e-12, `${h5.periods[p]}: ${v}`),
  );
  const drawn = () => page.$eval("#curves .line.a", (e) => e.getAttribute("d")),
    first = await drawn();
  await page.check("#log");
  await page.waitForFunction((d) => document.querySelector("#curves .line.a").getAttribute("d") !== d, first);
  await page.uncheck("#log");
  await page.waitForFunction((d) => document.querySelector("#curves .line.a").getAttribute("d") === d, first);
  await page.selectOption("#curve", "1");
  await page.waitForFunction((d) => document.querySelector("#curves .line.a").getAttribute("d") !== d, first);
  await page.selectOption("#against", "");
  await page.waitForFunction(() => !document.querySelector("#curves .line.b:not(.dashed)"));
});
await test("monthly returns compound to the period's", async () => {
  await page.selectOption("#curve", "0");
  await page.waitForFunction(
    (p) => document.querySelector("#curves .hint").textContent.startsWith(`point ${p}`),
    review.picks.chosen.point,
  );
  const whole = await page.$$eval("#curves .months", (tables) =>
    tables.map((t) => [...t.querySelectorAll(".heat data")].reduce((a, d) => a * (1 + Number(d.value)), 1) - 1),
  );
  whole.forEach((v, p) =>
    check(Math.abs(v - value("total_return", 0, p, review.picks.chosen.point)) < 1e-9, `${h5.periods[p]}: ${v}`),
  );
});
for (const [theme, width] of [
  ["light", 1280],
  ["dark", 1280],
  ["light", 390],
  ["dark", 390],
])
  await test(`no serious finding of axe, ${theme}, ${width} wide`, async () => {
    await page.setViewportSize({ width, height: 844 });
    await page.evaluate((t) => {
      if (document.documentElement.dataset.theme !== t) document.getElementById("theme").click();
    }, theme);
    await page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))));
    same(await page.evaluate(() => document.documentElement.dataset.theme), theme, "theme");
    await page.evaluate(axe.source);
    const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
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
    check(found.passes !== undefined, "axe did not run");
    check(
      await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
      "the page is wider than the window",
    );
  });
await test("dates below a chart are whole on a phone", async () => {
  const { page: phone, context } = await open(b, file, { viewport: { width: 390, height: 844 } });
  const ticks = await phone.$$eval("#folds .chart >> nth=0 >> text.tick tspan", (all) => all.map((t) => t.textContent));
  check(ticks.length > 3 && ticks.every((t) => /^\d{4}-\d\d$/.test(t)), ticks.join());
  await context.close();
});
await test("what a finger presses is 44 pixels high", async () => {
  const { page: touch, context } = await open(b, file, {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  const small = await touch.$$eval("button, select, summary, nav a, input[type=range]", (all) =>
    all
      .filter((e) => e.checkVisibility())
      .map((e) => [e.id || e.textContent.slice(0, 30), e.getBoundingClientRect().height])
      .filter(([, height]) => height < 44),
  );
  check(!small.length, JSON.stringify(small));
  await context.close();
});
await test("maps keep their shape on paper", async () => {
  await page.emulateMedia({ media: "print" });
  const shapes = await page.$$eval(".stage canvas", (all) =>
    all.map((c) => c.getBoundingClientRect().width / c.getBoundingClientRect().height / (c.width / c.height)),
  );
  check(shapes.length > 2 && shapes.every((s) => Math.abs(s - 1) < 0.02), shapes.join());
  await page.emulateMedia({ media: null });
});
await test("it prints", async () => {
  await page.setViewportSize({ width: 1280, height: 800 });
  const pdf = await page.pdf({ format: "A4" });
  check(pdf.length > 50000, `${pdf.length} bytes`);
});
await test("nothing was fetched and the console is silent", async () =>
  check(!noise.length, noise.slice(0, 5).join("\n")));
await b.close();
finish();
