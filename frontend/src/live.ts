// The pages of `plateau serve`: the runs of a folder, and one run while it goes.
import { h, table } from "./dom";
import { Explorer } from "./explorer";
import { dates, metricText } from "./format";
import { address, LiveSource } from "./live_source";
import { isolate } from "./model";
import { ProgressPage, type RunState } from "./page_progress";
import { ReviewPage } from "./page_review";
import { RunsPage } from "./page_runs";
import * as theme from "./theme";

const RETRY_MS = 2000,
  REST = 3; // a page rests three times as long as its last reading took

function head(app: HTMLElement, title: string, skip: string, links: [string, string][]): void {
  document.title = `${title} \u2013 plateau`;
  app.append(
    h("a", { class: "skip", href: skip }, "Skip to the content"),
    h(
      "header",
      {},
      h(
        "div",
        { class: "bar" },
        h("h1", { title }, title),
        h("button", { type: "button", id: "theme", click: theme.toggle }, "Light / dark"),
      ),
      links.length > 0 &&
        h("nav", { "aria-label": "Sections" }, ...links.map(([href, name]) => h("a", { href }, name))),
    ),
  );
}

/** Events of a run for as long as the page is looked at; a server that was away is found again. */
function follow(run: string, hear: (state: RunState) => void, lost: () => void): void {
  let events: EventSource | null = null;
  const open = () => {
    events?.close();
    events = new EventSource(address("api/events", { run }));
    events.addEventListener("state", (e) => hear(JSON.parse((e as MessageEvent<string>).data) as RunState));
    events.onerror = () => {
      lost();
      if (events?.readyState === EventSource.CLOSED)
        setTimeout(() => {
          if (!document.hidden) open();
        }, RETRY_MS);
    };
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) events?.close();
    else open();
  });
  open();
}

function originPage({ model }: LiveSource): HTMLElement {
  const { run } = model,
    facts: [string, string][] = [
      ["run", run.id],
      ["made", run.created],
      ["made by (program, compiler)", run.build],
      ["engine", run.engine_id],
      ["sweep file, SHA-256", run.spec_sha256],
      ["market data, BLAKE2b-256", run.image_blake2b],
      ...run.sources.map(
        (s) =>
          [`data of ${s.sleeve}`, [s.prices, s.benchmark && `benchmark ${s.benchmark}`].filter(Boolean).join(", ")] as [
            string,
            string,
          ],
      ),
      ...model.periods.map((p) => [`period ${p.name}`, `${dates(p)}${p.locked ? ", locked" : ""}`] as [string, string]),
    ];
  return h(
    "section",
    { id: "origin" },
    h("h2", {}, "Where it comes from"),
    table(
      "Facts",
      [
        { head: "what", cell: ([k]: [string, string]) => k },
        { head: "value", cell: ([, v]: [string, string]) => h("code", {}, isolate(v)) },
      ],
      facts.filter(([, v]) => v),
    ),
    run.spec &&
      h(
        "details",
        {},
        h("summary", {}, "The sweep file"),
        h("pre", { tabindex: 0, role: "region", "aria-label": "The sweep file" }, run.spec),
      ),
  );
}

async function runPage(app: HTMLElement, run: string): Promise<void> {
  const source = await LiveSource.open(run),
    { model, grid } = source,
    progress = new ProgressPage(),
    explorer = new Explorer(source, () => undefined),
    review = new ReviewPage(source, run, (point) => {
      document.getElementById("explore")!.scrollIntoView({ behavior: "auto" });
      void explorer.inspectPoint(point, model.base_scenario);
    });
  head(app, isolate(model.run.id), "#progress", [
    ["./", "All runs"],
    ["#progress", "Progress"],
    ["#explore", "Explore"],
    ["#workers", "Workers"],
    ["#failures", "Failures"],
    ["#origin", "Origin"],
  ]);
  app.append(
    h(
      "main",
      { id: "top" },
      progress.element,
      review.element,
      h("section", { id: "explore" }, h("h2", {}, "Explore the grid"), explorer.element),
      progress.workers.element,
      progress.failures.element,
      originPage(source),
    ),
  );
  let version = -1,
    busy = false;
  const refresh = async (now: number) => {
    const start = performance.now(),
      best = await source.best();
    model.peak = best?.point ?? null;
    progress.showBest(
      best
        ? `The best of what is computed: ${model.metrics[model.objective]!.name} ${metricText(model.metrics[model.objective]!, best.value)} at point ${best.point}${model.sampled ? "" : ` (${grid.describe(best.point)})`}`
        : "",
    );
    source.changed();
    await explorer.ready;
    const shown = document.querySelector<HTMLElement>(".inspected[data-status='missing']");
    if (shown) await explorer.inspectPoint(Number(shown.dataset["point"]), Number(shown.dataset["scenario"]));
    version = now;
    document.documentElement.dataset["version"] = String(now);
    await new Promise((r) => setTimeout(r, REST * (performance.now() - start)));
  };
  const hear = (state: RunState) => {
    if (state.error) {
      progress.say(state.error);
      return;
    }
    progress.show(state);
    review.show(state.state);
    if (state.version === version || busy) return; // busy: the next second brings another chance
    busy = true;
    refresh(state.version)
      .catch(() => progress.say("The server does not answer; trying again."))
      .finally(() => {
        busy = false;
      });
  };
  await explorer.update();
  follow(run, hear, () => progress.say("The server does not answer; trying again."));
  (globalThis as unknown as { plateauPage: unknown }).plateauPage = { explorer, source };
}

async function listPage(app: HTMLElement): Promise<void> {
  const runs = new RunsPage();
  head(app, "Runs", "#runs", []);
  app.append(h("main", { id: "top" }, runs.element));
  await runs.start();
}

theme.start();
const app = document.getElementById("app")!,
  run = new URLSearchParams(location.search).get("id");
(run === null ? listPage(app) : runPage(app, run))
  .then(() => {
    document.documentElement.dataset["ready"] = "yes";
  })
  .catch((error: unknown) => {
    app.append(
      h(
        "main",
        {},
        h(
          "p",
          { class: "bad", role: "alert" },
          `This page could not be shown: ${error instanceof Error ? error.message : String(error)} `,
        ),
        h("a", { href: "./" }, "All runs"),
      ),
    );
    document.documentElement.dataset["ready"] = "failed";
  });
