// node large.mjs PAGE.html: the report of a grid too large to be carried whole.
import { statSync } from "node:fs";
import { browser, check, choose, finish, open, same, settle, test } from "./harness.mjs";

const [file] = process.argv.slice(2),
  b = await browser();
const { page, noise, first } = await open(b, file);
const state = () => page.evaluate(() => structuredClone(globalThis.plateauPage.explorer.state));
const model = await page.evaluate(() => {
  const { model } = globalThis.plateauPage.source;
  return { n: model.n_points, shape: model.dimensions.map((d) => d.n), whole: model.plan.whole, peak: model.peak };
});
console.log(`${model.n} points, ${(statSync(file).size / 1e6).toFixed(2)} MB, first heatmap after ${first} ms`);
const reset = () =>
  page.evaluate(() => {
    Object.assign(globalThis.plateauCounters, { reads: 0, draws: 0, sections: 0 });
  });
const counts = () => page.evaluate(() => ({ ...globalThis.plateauCounters }));

await test("the file is under 8 MB and does not carry the grid whole", async () => {
  check(statSync(file).size < 8e6, `${statSync(file).size} bytes`);
  check(!model.whole, "whole");
});
await test("a projection reads what it shows", async () => {
  for (const how of ["median", "min", "max"]) {
    await choose(page, "how", "slice");
    await reset();
    await choose(page, "how", how);
    const s = await state(),
      c = await counts();
    same(c.reads, model.shape[s.x] * model.shape[s.y], `${how}: values read`);
    same(c.draws, 1, "drawings");
  }
});
await test("a slider move reads the visible slice only and draws it once", async () => {
  await choose(page, "how", "slice");
  const s = await state(),
    d = model.shape.findIndex((_, i) => i !== s.x && i !== s.y);
  await page.focus(`#slide-${d}`);
  for (let i = 0; i < 3; i++) {
    await reset();
    await page.keyboard.press((await state()).held[d] + 1 < model.shape[d] ? "ArrowRight" : "ArrowLeft");
    await settle(page);
    const c = await counts();
    check(c.reads > 0 && c.reads <= model.shape[s.x] * model.shape[s.y], `${c.reads} values read`);
    same(c.draws, 1, "drawings");
    same(c.sections, 0, "sections unpacked");
  }
});
await test("the rounded slice is near the exact numbers of the picks", async () => {
  await page.click("#to-peak");
  await settle(page);
  const [shown, stored, span] = await page.evaluate(async () => {
    const { source, explorer } = globalThis.plateauPage,
      { model } = source,
      cell = model.cells.list.findIndex((c) => c.point === model.peak);
    const exact = (await source.array(`cell/${cell}/metrics`))[model.objective],
      section = model.sections[`cube/${model.objective}/0/0`];
    return [
      (await source.column({ metric: model.objective, scenario: 0, period: 0 })).at(model.peak),
      exact,
      section.high - section.low,
      explorer.state.metric,
    ];
  });
  check(Math.abs(shown - stored) <= span / 65532, `${shown} instead of ${stored}`);
  check((await page.innerText(".explorer [role=status]")).includes("rounded"), "it does not say that it is rounded");
});
await test("a metric without every point says so, and its projections are there", async () => {
  const other = await page.evaluate(() => {
    const { source } = globalThis.plateauPage;
    return source.model.metrics.findIndex(
      (m, i) =>
        ["total_return", "mdd", "n_trades"].includes(m.name) &&
        source.have({ metric: i, scenario: 0, period: 0 }) === "parts",
    );
  });
  check(other >= 0, "every metric is whole");
  await choose(page, "metric", other);
  await choose(page, "how", "median");
  const known = await page.evaluate(() =>
    globalThis.plateauPage.explorer.shown[0].view.values.some((v) => !Number.isNaN(v)),
  );
  check(known, "no projection");
  await choose(page, "how", "slice");
  check(
    await page.evaluate(() => globalThis.plateauPage.explorer.shown[0].view.values.some((v) => !Number.isNaN(v))),
    "no slice through the pick",
  );
  same(
    await page.$$eval(".sliders input:not([disabled])", (a) => a.length),
    0,
    "sliders that have nothing to slide through",
  );
});
await test("the map of the plateau ratio is there, rounded", async () => {
  const [maps, near] = await page.evaluate(async () => {
    const { stability, source } = globalThis.plateauPage,
      stored = await source.array("map/plateau_ratio"),
      { low, high } = source.model.sections["map/plateau_ratio"],
      view = stability.maps[1]?.[1].view,
      far = (v, c) => Math.abs(v - (low + (stored[view.point(c)] / 65532) * (high - low)));
    return [stability.maps.length, view && view.values.every((v, c) => Number.isNaN(v) || far(v, c) < 1e-9)];
  });
  same(maps, 2, "maps");
  check(near, "other numbers than those stored");
});
await test("nothing was fetched and the console is silent", async () =>
  check(!noise.length, noise.slice(0, 5).join("\n")));
await b.close();
finish();
