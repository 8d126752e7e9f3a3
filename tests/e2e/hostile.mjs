// node hostile.mjs PAGE.html: names that want to be more than text.
import { readFileSync } from "node:fs";
import { browser, check, choose, finish, open, same, test } from "./harness.mjs";

const [file] = process.argv.slice(2),
  b = await browser();
const { page, noise } = await open(b, file);
await test("no name became an element or ran", async () => {
  same(await page.evaluate(() => globalThis.hacked), undefined, "script");
  same(await page.evaluate(() => document.documentElement.dataset.ready), "yes", "page");
  same(
    await page.$$eval("img, iframe, object, i, #app b[onclick], svg[onload]", (a) => a.length),
    0,
    "foreign elements",
  );
  same(await page.$$eval("script:not([type])", (a) => a.length), 1, "scripts");
});
await test("names are shown as they are", async () => {
  const text = await page.evaluate(
    () => document.body.innerText + [...document.querySelectorAll("option")].map((o) => o.textContent).join(" "),
  );
  for (const name of ["<svg onload=window.hacked=3>", "\u{1F680}"]) check(text.includes(name), name);
  await choose(page, "facet", "scenario");
  check((await page.innerText(".explorer .panels")).includes("<svg onload=window.hacked=3>"), "panel title");
});
await test("the sweep file is text, however long and whichever way it runs", async () => {
  await page.$$eval("#provenance details", (all) =>
    all.forEach((d) => {
      d.open = true;
    }),
  );
  const spec = await page.$eval("#provenance pre", (e) => e.textContent);
  check(spec.length > 10000, `${spec.length} characters`);
  check(spec.includes("</script><script>window.hacked=9</script>"), "script in a comment");
  check(
    await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
    "the page is wider than the window",
  );
});
await test("the policy lets nothing in", async () => {
  const policy = await page.$eval("meta[http-equiv]", (e) => e.content);
  check(policy.startsWith("default-src 'none'") && !policy.includes("unsafe"), policy);
  const ran = await page.evaluate(() => {
    const s = document.createElement("script");
    s.textContent = "globalThis.hacked = 5";
    document.body.append(s);
    return globalThis.hacked;
  });
  same(ran, undefined, "an inline script");
  check(
    !/<script(?![^>]*type=)[^>]*>/.test(readFileSync(file, "utf8").split('id="model"')[1].split("</script>")[0]),
    "a tag inside the model",
  );
});
await test("the console is silent but for the script that was refused", async () => {
  const others = noise.filter((n) => !n.includes("Content Security Policy"));
  check(!others.length, others.join("\n"));
  same(noise.length, 1, "refusals");
});
await b.close();
finish();
