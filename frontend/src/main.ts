// The page of `plateau report`: sections in the order a reviewer asks.
import { h } from "./dom";
import { Explorer } from "./explorer";
import { axesPage, figuresPage, foldsPage, luckPage, scenariosPage } from "./page_evidence";
import { CurvesPage, periodsPage } from "./page_curves";
import { provenancePage } from "./page_provenance";
import { StabilityPage } from "./page_stability";
import { picksPage, verdictPage } from "./page_verdict";
import { PageSource } from "./source";
import * as theme from "./theme";
import { wordsPage } from "./words";

const NAMES: [string, string][] = [
  ["verdict", "Verdict"],
  ["picks", "Picks"],
  ["explore", "Explore"],
  ["plateau", "Plateau"],
  ["scenarios", "Stress"],
  ["luck", "Luck"],
  ["folds", "Folds"],
  ["axes", "Axes"],
  ["curves", "Day by day"],
  ["periods", "Periods"],
  ["figures", "Numbers"],
  ["provenance", "Origin"],
  ["words", "Words"],
];

async function build(app: HTMLElement): Promise<void> {
  const source = new PageSource(document),
    { model } = source;
  const curves = new CurvesPage(source),
    stability = new StabilityPage(source);
  const explorer = new Explorer(source, (point) => void curves.open(point));
  const main = h("main", { id: "top" });
  app.append(
    h("a", { class: "skip", href: "#verdict" }, "Skip to the verdict"),
    h(
      "header",
      {},
      h(
        "div",
        { class: "bar" },
        h("h1", { title: model.run.id }, model.run.id),
        h("button", { type: "button", id: "theme", click: theme.toggle }, "Light / dark"),
      ),
      h("nav", { "aria-label": "Sections" }, ...NAMES.map(([id, name]) => h("a", { href: `#${id}` }, name))),
    ),
    main,
  );
  main.append(
    verdictPage(source),
    picksPage(source),
    h("section", { id: "explore" }, h("h2", {}, "Explore the grid"), explorer.element),
    stability.element,
  );
  await explorer.update();
  await stability.show();
  explorer.onPick = (point) => void stability.show(point);
  const folds = await foldsPage(source, explorer.element);
  if (!folds) app.querySelector('nav a[href="#folds"]')!.remove();
  main.append(
    await scenariosPage(source),
    await luckPage(source, explorer.element),
    ...(folds ? [folds] : []),
    axesPage(source, explorer.element),
    curves.element,
    await periodsPage(source),
    figuresPage(source),
    provenancePage(source),
    wordsPage(model),
  );
  await curves.show();
  if (model.chosen !== null) await explorer.inspectPoint(model.chosen);
  main.append(
    h(
      "footer",
      {},
      `plateau ${model.run.report_version}; run ${model.run.id}; nothing on this page was fetched from anywhere.`,
    ),
  );
  (globalThis as unknown as { plateauPage: unknown }).plateauPage = { explorer, stability, curves, source };
  document.documentElement.dataset["ready"] = "yes";
}

theme.start();
const app = document.getElementById("app")!;
build(app).catch((error: unknown) => {
  app.append(
    h(
      "p",
      { class: "bad", role: "alert" },
      `This page could not be shown: ${error instanceof Error ? error.message : String(error)}`,
    ),
  );
  document.documentElement.dataset["ready"] = "failed";
  throw error;
});
