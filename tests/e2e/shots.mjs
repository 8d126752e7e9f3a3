// shots.mjs REPORT.html FOLDER: what docs/ shows of the report, at 1280x800: its first screen and the explorer.
import { browser, open, settle } from "./harness.mjs";

const [report, folder] = process.argv.slice(2);
const chromium = await browser();
const { page } = await open(chromium, report, { colorScheme: "light" });
await page.screenshot({ path: `${folder}/report.png` });
await page.locator("#explore").evaluate((section) => {
  const bar = document.querySelector("header")?.getBoundingClientRect().height ?? 0;
  scrollTo({ top: section.getBoundingClientRect().top + scrollY - bar - 8, behavior: "instant" });
});
await settle(page);
await page.screenshot({ path: `${folder}/report-explore.png` });
await chromium.close();
