// One point, whole: its parameters, its numbers in every open period, and why it is or is not robust.
import { h, table } from "./dom";
import { count, metricHead, metricNum, percent, sig } from "./format";
import { openPeriods, STATUS_OK } from "./model";
import { judge, surfaceOf, type Judgement } from "./robustness";
import type { Source, WholeCell } from "./source";

const FIRST = [
  "sharpe",
  "total_return",
  "cagr",
  "mdd",
  "calmar",
  "n_trades",
  "win_rate",
  "profit_factor",
  "expectancy_r",
  "exposure",
  "top5_gross_share",
];

interface Row {
  metric: number;
  values: number[];
}

async function rowsOf(source: Source, point: number, scenario: number, cell: WholeCell | null): Promise<Row[]> {
  const { model } = source,
    periods = openPeriods(model);
  const order = [model.objective, ...FIRST.map((n) => model.metrics.findIndex((m) => m.name === n))];
  const metrics = [...new Set([...order, ...model.metrics.map((_, i) => i)])].filter((m) => m >= 0);
  const shown = model.cells.list.findIndex((c) => c.point === point);
  const stored = shown < 0 ? null : await source.array(`cell/${shown}/metrics`);
  const out: Row[] = [];
  for (const metric of metrics) {
    const values: number[] = [];
    for (let p = 0; p < periods.length; p++) {
      if (cell) {
        values.push(cell.values[p]![metric]!);
        continue;
      }
      if (stored) {
        values.push(stored[(scenario * periods.length + p) * model.metrics.length + metric]!);
        continue;
      }
      const column = await source.column({ metric, scenario, period: p });
      values.push(column ? column.at(point) : NaN);
    }
    if (values.some((v) => !Number.isNaN(v))) out.push({ metric, values }); // what is undefined in every period has no row
  }
  return out;
}

function sentence(ok: boolean, text: string): HTMLElement {
  return h("li", { class: ok ? "pass" : "fail" }, h("span", { class: "sr" }, ok ? "met: " : "not met: "), text);
}

export function reasonsOf(source: Source, j: Judgement): HTMLElement[] {
  const limits = source.model.review?.verdict.limits,
    out: HTMLElement[] = [];
  if (!limits) return out; // nothing to measure it by
  const say = (value: number, limit: number, text: string) => {
    if (!Number.isNaN(value)) out.push(sentence(value >= limit, text));
  };
  if (!(j.f > 0)) out.push(sentence(false, `Its value is ${sig(j.f)}: there is nothing to stand on`));
  say(
    j.plateauRatio,
    limits["plateau_ratio_min"]!,
    `The median of its ${count(j.neighbours)} neighbours keeps ${percent(j.plateauRatio, 0)} of it (a plateau keeps ${percent(limits["plateau_ratio_min"]!, 0)})`,
  );
  say(
    j.worstRatio,
    limits["worst_ratio_min"]!,
    `The worst neighbour keeps ${percent(j.worstRatio, 0)} (wanted ${percent(limits["worst_ratio_min"]!, 0)})${j.worstPoint >= 0 ? `: point ${j.worstPoint}` : ""}`,
  );
  say(
    j.basin / j.valid,
    limits["basin_frac_min"]!,
    `${count(j.basin)} of ${count(j.valid)} points are connected to it at 80\u202f% of its value: ${percent(j.basin / j.valid)} (wanted ${percent(limits["basin_frac_min"]!, 0)})`,
  );
  out.push(
    sentence(
      j.onEdge.length === 0,
      j.onEdge.length
        ? `It lies on the edge of the grid in ${j.onEdge.join(", ")}: the range may be too short`
        : "It lies inside the grid",
    ),
  );
  for (const s of j.stress)
    say(
      s.retained,
      limits["stress_min"]!,
      `Under ${s.scenario} it keeps ${percent(s.retained, 0)} (wanted ${percent(limits["stress_min"]!, 0)})`,
    );
  return out;
}

async function parameters(source: Source, point: number, cell: WholeCell | null): Promise<HTMLElement> {
  const { grid, model } = source;
  const levels = cell
    ? cell.levels
    : model.sampled
      ? await Promise.all(grid.n.map(async (_, d) => (await source.array(`level/${d}`))?.[point] ?? -1))
      : grid.levels(point);
  return h(
    "dl",
    { class: "parameters" },
    ...levels.flatMap((l, d) =>
      l < 0
        ? []
        : [
            h("dt", { title: model.dimensions[d]!.axes.map((a) => a.path).join(" + ") }, grid.name(d)),
            h("dd", {}, grid.text(d, l)),
          ],
    ),
  );
}

export async function inspect(
  source: Source,
  point: number,
  scenario: number,
  intro: string,
  openCurve: (point: number) => void,
): Promise<HTMLElement> {
  const { model } = source,
    cell = source.cell ? await source.cell(point, scenario) : null,
    rows = await rowsOf(source, point, scenario, cell),
    periods = openPeriods(model);
  const status = await source.status(scenario),
    s = cell ? cell.status : status ? status[point]! : STATUS_OK;
  const j = !cell && (scenario === model.base_scenario || s === STATUS_OK) ? await judge(source, point) : null;
  const shown = model.cells.list.some((c) => c.point === point && c.periods?.length);
  const failure = model.failures.find((f) => f.point === point && f.scenario === scenario);
  const reason = cell ? cell.reason : failure?.reason;
  const out = h(
    "div",
    { class: "inspected", "data-point": point, "data-scenario": scenario, "data-status": model.statuses[s]! },
    h(
      "h3",
      {},
      `Point ${point}`,
      point === model.robust ? h("span", { class: "badge" }, "robust pick") : null,
      point === model.peak ? h("span", { class: "badge" }, "peak") : null,
    ),
    intro ? h("p", { class: "hint" }, intro) : null,
    await parameters(source, point, cell),
  );
  if (s !== STATUS_OK)
    out.append(h("p", { class: "bad" }, `This cell is ${model.statuses[s]}${reason ? `: ${reason}` : "."}`));
  if (j && s === STATUS_OK) {
    out.append(h("h4", {}, "Is it robust?"), h("ul", { class: "checks" }, ...reasonsOf(source, j)));
    if ((await surfaceOf(source))?.rounded)
      out.append(h("p", { class: "hint" }, "Worked out from rounded values (large grid)."));
  }
  out.append(
    shown
      ? h("button", { type: "button", click: () => openCurve(point) }, "Show its equity curve and trades")
      : cell
        ? h(
            "p",
            { class: "hint" },
            h("code", {}, `plateau replay ${point} ${model.run.id}`),
            " computes its trades and equity curve; a report of the finished run judges whether it is robust.",
          )
        : model.no_curves
          ? ""
          : h(
              "p",
              { class: "hint" },
              "Curves are in this file for the picks and the best points only; ",
              h("code", {}, `plateau replay ${point} ${model.run.id}`),
              " computes this one.",
            ),
  );
  const numbers = (caption: string, some: Row[]) =>
    table(
      caption,
      [
        { head: "metric", cell: (r: Row) => metricHead(model.metrics[r.metric]!) },
        ...periods.map((p, i) => ({
          head: p.name,
          number: true,
          cell: (r: Row) => metricNum(model.metrics[r.metric]!, r.values[i]!),
        })),
      ],
      some,
    );
  const n = new Set([model.objective, ...FIRST.map((name) => model.metrics.findIndex((m) => m.name === name))]).size,
    name = model.scenarios[scenario]!.name;
  if (rows.length) out.append(numbers(name, rows.slice(0, n)));
  if (rows.length > n)
    out.append(
      h(
        "details",
        {},
        h("summary", {}, `${count(rows.length - n)} more metrics`),
        numbers(`${name}, the rest`, rows.slice(n)),
      ),
    );
  return out;
}
