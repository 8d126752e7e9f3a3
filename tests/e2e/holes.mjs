// node holes.mjs GRID.html SAMPLES.html SINGLE.html: cells without a number are told apart; axes that are no lines; a sample; one cell.
import { browser, check, choose, finish, open, same, test } from "./harness.mjs";

const [gridFile, samplesFile, singleFile] = process.argv.slice(2),
  b = await browser();
const cells = (page) =>
  page.$$eval("details.numbers tbody tr", (rows) =>
    rows.map((r) => [...r.querySelectorAll("td")].map((c) => c.textContent)),
  );
{
  const { page, noise } = await open(b, gridFile);
  await test("failed, missing and undefined cells say what they are", async () => {
    await choose(page, "how", "slice");
    await choose(page, "x", 0); // ratio: 1, 10, 100, 1000
    await choose(page, "y", 1); // length: 1 .. 5
    await page.$eval("details.numbers", (d) => {
      d.open = true;
    });
    await page.waitForSelector("details.numbers table");
    const t = await cells(page);
    same(t[1][1], "failed", "failed");
    same(t[2][2], "missing", "missing");
    same(t[3][0], "undefined", "undefined");
    check(Number.isFinite(Number(t[0][0])), t[0][0]);
    const legend = await page.innerText(".explorer .legendbar");
    for (const word of ["failed", "not computed yet", "undefined"]) check(legend.includes(word), word);
    const drawn = await page.evaluate(() => {
      // no two of the four look alike
      const map = plateauPage.explorer.maps[0],
        copy = Object.assign(document.createElement("canvas"), { width: map.canvas.width, height: map.canvas.height });
      const context = copy.getContext("2d", { willReadFrequently: true });
      context.drawImage(map.canvas, 0, 0);
      const scale = map.canvas.width / map.width,
        n = map.panel.view.nx;
      return [
        [0, 0],
        [1, 1],
        [2, 2],
        [0, 3],
      ].map(([x, y]) => {
        const [left, top, w, h] = map.box(y * n + x);
        return context.getImageData(left * scale, top * scale, w * scale, h * scale).data.join();
      });
    });
    same(new Set(drawn).size, 4, "different pictures");
  });
  await test("a logarithmic axis is drawn in ratios, a categorical one in its order downwards", async () => {
    const ticks = await page.$$eval(
      "#plateau .chart",
      (charts) =>
        charts
          .filter((c) => c.getAttribute("aria-label").includes("along ratio"))
          .map((c) => [...c.querySelectorAll(".dot")].map((d) => Number(d.getAttribute("cx"))))[0],
    );
    const known = ticks
      .slice(1)
      .map((x, i) => x - ticks[i])
      .filter((d) => d > 1);
    check(known.length >= 2 && Math.abs(known[0] - known[1]) % Math.min(...known) < 0.5, `steps of ${known}`);
    await choose(page, "y", 2); // kind
    same(await page.evaluate(() => plateauPage.explorer.maps[0].panel.yUp), false, "upwards");
    await choose(page, "y", 1);
    same(await page.evaluate(() => plateauPage.explorer.maps[0].panel.yUp), true, "upwards");
  });
  await test("failures are listed with their reasons", async () =>
    check((await page.innerText("#provenance")).includes("failed"), "no list"));
  await test("the page with holes is silent", async () => check(!noise.length, noise.join("\n")));
}
{
  const { page, noise } = await open(b, samplesFile);
  await test("a sample is shown without pretending to be a grid", async () => {
    same(await page.evaluate(() => document.documentElement.dataset.ready), "yes", "page");
    check((await page.innerText(".cards")).includes("is a sample"), "it does not say that it is a sample");
    same(await page.$$eval("#how option[value=slice]", (a) => a.length), 0, "slices");
    check(
      await page.evaluate(() => plateauPage.explorer.shown[0].view.values.some((v) => !Number.isNaN(v))),
      "no numbers",
    );
  });
  await test("the page of a sample is silent", async () => check(!noise.length, noise.join("\n")));
}
{
  const { page, noise } = await open(b, singleFile);
  await test("a page of one cell claims nothing of what it lacks", async () => {
    const verdict = await page.innerText("#verdict"),
      plateau = await page.innerText("#plateau");
    check(verdict.includes("One point was backtested over train and validation in 1 scenario"), verdict);
    check(!/[\s(]\u2013 of/.test(verdict), "a share of nothing");
    check(plateau.includes("No axis has two levels") && !plateau.includes("large grid"), plateau);
    const text = await page.innerText(".inspected");
    check(/\b3\.000e19\s%/.test(text), `numbers without end: ${text}`);
  });
  await test("controls with one choice are not there", async () => {
    const choices = (p) => p.$$eval(".explorer select", (all) => all.map((s) => [s.id, s.options.length]));
    const few = await choices(page);
    check(
      few.every(([id, n]) => n > 1 || ["metric", "x", "y"].includes(id)),
      JSON.stringify(few),
    );
    for (const id of ["scenario", "minus", "shared"]) check(!few.some(([other]) => other === id), id);
  });
  await test("the page of one cell is silent", async () => check(!noise.length, noise.join("\n")));
}
await b.close();
finish();
