// Where the numbers come from: the sweep file, hashes, builds, workers, and what failed.
import { h, table } from "./dom";
import { count, dates, span } from "./format";
import { reviewOf } from "./model";
import type { Source } from "./source";

function file(title: string, text: string): HTMLElement {
  return h(
    "details",
    {},
    h("summary", {}, title),
    h("pre", { tabindex: 0, role: "region", "aria-label": title }, text),
  );
}

export function provenancePage(source: Source): HTMLElement {
  const { model } = source,
    { run } = model;
  const facts: [string, string][] = [
    ["run", run.id],
    ["created", run.created],
    ["report made", run.made],
    ["made by (program, compiler)", run.build],
    ["report by", `plateau ${run.report_version}`],
    ["engine", run.engine_id],
    ...(run.report_engine_id === run.engine_id
      ? []
      : [["engine of this report", run.report_engine_id] as [string, string]]),
    ["sweep file, SHA-256", run.spec_sha256],
    ["market data, BLAKE2b-256", run.image_blake2b],
    ["seed", String(run.seed)],
    ["periods per year", String(run.periods_per_year)],
    ...run.sources.map(
      (s) =>
        [`data of ${s.sleeve}`, [s.prices, s.benchmark && `benchmark ${s.benchmark}`].filter(Boolean).join(", ")] as [
          string,
          string,
        ],
    ),
    ...model.periods.map((p) => [`period ${p.name}`, `${dates(p)}${p.locked ? ", locked" : ""}`] as [string, string]),
    [
      "trial ledger",
      reviewOf(model).ledger.used
        ? `${count(reviewOf(model).ledger.distinct_points)} distinct points over all runs`
        : "not used",
    ],
  ];
  const statuses = model.statuses.map((s, i) => [s, model.status_counts[i]!] as [string, number]).filter(([, n]) => n);
  const workers = Object.entries(model.workers);
  return h(
    "section",
    { id: "provenance" },
    h("h2", {}, "Where it comes from"),
    table(
      "Facts",
      [
        { head: "what", cell: ([k]: [string, string]) => k },
        { head: "value", cell: ([, v]: [string, string]) => h("code", {}, v) },
      ],
      facts,
    ),
    table(
      "Points by status, baseline",
      [
        { head: "status", cell: ([s]: [string, number]) => s },
        { head: "points", number: true, cell: ([, n]: [string, number]) => count(n) },
      ],
      statuses,
    ),
    workers.length
      ? table(
          "Workers",
          [
            { head: "worker", cell: ([name]: (typeof workers)[number]) => name },
            { head: "tiles", number: true, cell: ([, w]: (typeof workers)[number]) => count(w.tiles) },
            { head: "compute time", number: true, cell: ([, w]: (typeof workers)[number]) => span(w.compute_s) },
            { head: "failed cells", number: true, cell: ([, w]: (typeof workers)[number]) => count(w.failed) },
          ],
          workers,
        )
      : null,
    model.failures.length
      ? table(
          `Cells that failed${model.n_failed > model.failures.length ? ` (the first ${model.failures.length} of ${count(model.n_failed)})` : ""}`,
          [
            { head: "point", cell: (f: (typeof model.failures)[number]) => String(f.point) },
            { head: "scenario", cell: (f: (typeof model.failures)[number]) => model.scenarios[f.scenario]!.name },
            { head: "status", cell: (f: (typeof model.failures)[number]) => model.statuses[f.status]! },
            { head: "attempts", number: true, cell: (f: (typeof model.failures)[number]) => String(f.attempts) },
            { head: "reason", cell: (f: (typeof model.failures)[number]) => f.reason },
          ],
          model.failures,
        )
      : null,
    file("The sweep file", run.spec),
    ...run.strategies.map((s) => file(`Strategy ${s.name}`, s.text)),
  );
}
