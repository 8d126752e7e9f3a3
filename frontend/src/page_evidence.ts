// Stress, overfitting, what the axes explain, and every number of the review.
import { Chart, legend } from "./chart";
import { h, num, table } from "./dom";
import { count, date, figure, metricNum, percent, sig } from "./format";
import { openPeriods, type Figure, reviewOf } from "./model";
import type { Source } from "./source";
import { chartWidth } from "./page_stability";
import { scenarioWords } from "./words";

const LOGIT_REACH = 10;

export async function scenariosPage(source: Source): Promise<HTMLElement> {
  const { model } = source,
    periods = openPeriods(model),
    objective = model.metrics[model.objective]!;
  const cellOf = (point: number | null) => model.cells.list.findIndex((c) => c.point === point);
  const chosen = cellOf(model.chosen),
    peak = cellOf(model.peak);
  const rowsOf = async (cell: number) => (cell < 0 ? null : source.array(`cell/${cell}/metrics`));
  const a = await rowsOf(chosen),
    b = chosen === peak ? null : await rowsOf(peak);
  const value = (values: ArrayLike<number> | null, s: number, p: number, m: number) =>
    values ? values[(s * periods.length + p) * model.metrics.length + m]! : NaN;
  const retained = new Map(reviewOf(model).scenarios.map((s) => [s.scenario, figure(s.retained)]));
  const mdd = model.metrics.findIndex((m) => m.name === "mdd"),
    trades = model.metrics.findIndex((m) => m.name === "n_trades");
  const rows = model.scenarios.map((_, s) => s);
  const base = value(b, model.base_scenario, 0, model.objective);
  return h(
    "section",
    { id: "scenarios" },
    h("h2", {}, "Under stress"),
    h(
      "p",
      {},
      `What is left of the choice under each scenario. Months chosen in hindsight (bear, range) are shown but do not count for the verdict.`,
    ),
    table(
      "The choice in every scenario, and the peak",
      [
        { head: "scenario", cell: (s: number) => model.scenarios[s]!.name },
        { head: "what it does", cell: (s: number) => scenarioWords(model.scenarios[s]!) },
        ...periods.map((p, i) => ({
          head: `${objective.name}, ${p.name}`,
          number: true,
          cell: (s: number) => metricNum(objective, value(a, s, i, model.objective)),
        })),
        {
          head: "kept in train",
          number: true,
          cell: (s: number) => {
            const r = retained.get(model.scenarios[s]!.name);
            return r === undefined ? "\u2013" : num(r, percent(r, 0));
          },
        },
        {
          head: "drawdown, train",
          number: true,
          cell: (s: number) => metricNum(model.metrics[mdd]!, value(a, s, 0, mdd)),
        },
        {
          head: "trades, train",
          number: true,
          cell: (s: number) => metricNum(model.metrics[trades]!, value(a, s, 0, trades)),
        },
        ...(b
          ? [
              {
                head: `${objective.name} of the peak, train`,
                number: true,
                cell: (s: number) => metricNum(objective, value(b, s, 0, model.objective)),
              },
              {
                head: "kept by the peak",
                number: true,
                cell: (s: number) => {
                  const r = base > 0 && !model.scenarios[s]!.regime ? value(b, s, 0, model.objective) / base : NaN;
                  return num(r, percent(r, 0));
                },
              },
            ]
          : []),
      ],
      rows,
      (s) => {
        const r = retained.get(model.scenarios[s]!.name);
        return r !== undefined && r < reviewOf(model).verdict.limits["stress_min"]! ? "failrow" : "";
      },
    ),
  );
}

function figureCard(
  source: Source,
  group: string,
  name: string,
  text: (v: number) => string,
  title: string,
  wanted: string,
): HTMLElement {
  const v = figure(reviewOf(source.model).figures[group]?.[name]);
  return h(
    "div",
    { class: "figure" },
    h("span", { class: "hint" }, title),
    h("strong", {}, num(v, text(v))),
    h("span", { class: "hint" }, wanted),
  );
}

export async function luckPage(source: Source, box: HTMLElement): Promise<HTMLElement> {
  const { model } = source,
    f = reviewOf(model).figures,
    logit = await source.array("splits/logit"),
    scatter = await source.array("splits/scatter");
  const wanted = (limit: string) => percent(reviewOf(model).verdict.limits[limit]!, 0);
  const out = h(
    "section",
    { id: "luck" },
    h("h2", {}, "Skill or luck"),
    h(
      "div",
      { class: "figures" },
      figureCard(
        source,
        "luck",
        "dsr",
        (v) => percent(v),
        "Deflated Sharpe ratio",
        `sure that it is more than luck; wanted ${wanted("dsr_robust")}`,
      ),
      figureCard(
        source,
        "overfitting",
        "pbo",
        (v) => percent(v),
        "Probability of overfitting",
        `wanted at most ${wanted("pbo_robust")}; 50\u202f% is a coin`,
      ),
      figureCard(
        source,
        "overfitting",
        "prob_loss",
        (v) => percent(v),
        "Probability of loss",
        "of the pick on other days",
      ),
      figureCard(
        source,
        "validation",
        "spearman",
        (v) => sig(v, 3),
        "Rank correlation",
        `train against validation; wanted ${sig(reviewOf(model).verdict.limits["spearman_min"]!, 2)}`,
      ),
      figureCard(
        source,
        "reality_check",
        "p_spa",
        (v) => sig(v, 3),
        "SPA p-value",
        "how often a grid without skill has a best point as good",
      ),
      figureCard(
        source,
        "trades",
        "entry_p",
        (v) => percent(v),
        "Random entries",
        "how often trades entered on random days earn as much",
      ),
    ),
  );
  if (!logit || !scatter) {
    out.append(h("p", {}, "There are no splits to draw: CSCV needs block sums of at least two configurations."));
    return out;
  }
  const n = logit.length,
    edges = Array.from({ length: n + 1 }, (_, i) => -LOGIT_REACH + (2 * LOGIT_REACH * i) / n),
    total = Array.from(logit).reduce((a, b) => a + b, 0);
  const first = Array.from(logit).findIndex((v) => v > 0),
    last =
      n -
      1 -
      Array.from(logit)
        .reverse()
        .findIndex((v) => v > 0);
  const width = chartWidth(box, 480),
    pairs = scatter.length / 2,
    xs = Array.from({ length: pairs }, (_, i) => scatter[2 * i]!),
    ys = Array.from({ length: pairs }, (_, i) => scatter[2 * i + 1]!);
  const slope = figure(f["overfitting"]!["degradation_slope"]),
    intercept = figure(f["overfitting"]!["degradation_intercept"]);
  const ends = [Math.min(...xs), Math.max(...xs)];
  out.append(
    h(
      "div",
      { class: "grid" },
      h(
        "figure",
        {},
        h("figcaption", {}, `Where the pick of one half of the days ranks in the other (${count(total)} splits)`),
        new Chart({
          label: `Histogram of logits of ${total} splits; share at or below zero is the probability of overfitting, ${percent(figure(f["overfitting"]!["pbo"]))}`,
          width,
          x: "linear",
          y: "linear",
          xTitle: "logit of the rank: left of 0 is below the median",
          yTitle: "share of splits",
          yFormat: (v) => percent(v, 0),
          bars: {
            edges,
            heights: Array.from(logit, (v) => v / total),
            kind: (i) => (edges[i + 1]! <= 1e-9 ? "bad" : "good"),
            label: (i) => `${sig(edges[i]!, 3)} to ${sig(edges[i + 1]!, 3)}: ${count(logit[i]!)} splits`,
          },
          rules: [{ at: 0, name: "median", vertical: true }],
          xDomain: [Math.min(-3, edges[first]!), Math.max(3, edges[last + 1]!)],
        }).element,
      ),
      h(
        "figure",
        {},
        h("figcaption", {}, `What a good half promises and the other keeps (${count(pairs)} of the splits)`),
        new Chart({
          label: `Scatter of out-of-sample on in-sample Sharpe ratio of the picks; slope ${sig(slope, 3)}`,
          width,
          x: "linear",
          y: "linear",
          xTitle: "Sharpe ratio where it was picked",
          yTitle: "in the other half",
          dots: { x: xs, y: ys, kind: (i) => (ys[i]! < 0 ? "lose" : "win"), name: "splits", r: 1.6 },
          zero: true,
          series: Number.isFinite(slope)
            ? [{ name: "regression", x: ends, y: ends.map((v) => intercept + slope * v), kind: "c" }]
            : [],
        }).element,
        legend([
          ["win", "earns"],
          ["lose", "loses"],
          ["c", `regression, slope ${sig(slope, 3)}`],
        ]),
      ),
    ),
  );
  return out;
}

export function axesPage(source: Source, box: HTMLElement): HTMLElement {
  const { model, grid } = source,
    axes = reviewOf(model).axes;
  const known = axes.some((a) => typeof a.sobol_first === "number");
  const out = h(
    "section",
    { id: "axes" },
    h("h2", {}, "Which axes matter"),
    h(
      "p",
      {},
      "Share of the objective's variance over the grid that an axis explains alone, and together with others (Sobol indices). An axis near zero can be fixed; one with much more together than alone must be tuned with its partners. Gradient and curvature: how much the objective rises with a step of the axis at the chosen point, and how much that changes from step to step.",
    ),
  );
  if (!known) {
    out.append(h("p", {}, model.not_grid ?? "The shares are undefined for this grid."));
    return out;
  }
  const width = chartWidth(box, 480),
    names = axes.map((_, d) => grid.name(d)),
    shares = axes.flatMap((a) => [figure(a.sobol_first), figure(a.sobol_total)]).filter(Number.isFinite);
  const chart = (title: string, pick: (d: number) => number, kind: string) =>
    h(
      "figure",
      {},
      h("figcaption", {}, title),
      new Chart({
        label: title,
        width,
        height: 220,
        x: "band",
        y: "linear",
        xTexts: names,
        yFormat: (v) => percent(v, 0),
        yDomain: [Math.min(0, ...shares), Math.max(...shares) * 1.05 || 1],
        bars: {
          edges: [],
          heights: axes.map((_, d) => pick(d)),
          kind: () => kind,
          label: (d) => `${names[d]}: ${percent(pick(d))}`,
        },
      }).element,
    );
  out.append(
    h(
      "div",
      { class: "grid" },
      chart("Each axis alone", (d) => figure(axes[d]!.sobol_first), "good"),
      chart("Each axis with its interactions", (d) => figure(axes[d]!.sobol_total), "mixed"),
    ),
    table(
      "Axes",
      [
        { head: "axis", cell: (d: number) => names[d]! },
        { head: "levels", number: true, cell: (d: number) => String(grid.n[d]) },
        {
          head: "alone",
          number: true,
          cell: (d: number) => num(figure(axes[d]!.sobol_first), percent(figure(axes[d]!.sobol_first))),
        },
        {
          head: "with interactions",
          number: true,
          cell: (d: number) => num(figure(axes[d]!.sobol_total), percent(figure(axes[d]!.sobol_total))),
        },
        {
          head: "gradient",
          number: true,
          hint: "at the chosen point, per step",
          cell: (d: number) => num(figure(axes[d]!.gradient), sig(figure(axes[d]!.gradient), 3)),
        },
        {
          head: "curvature",
          number: true,
          hint: "at the chosen point, per step",
          cell: (d: number) => num(figure(axes[d]!.curvature), sig(figure(axes[d]!.curvature), 3)),
        },
      ],
      axes.map((_, d) => d),
    ),
  );
  return out;
}

/** Days of the series the choice is made on: the open periods in order; null where the page has none. */
async function selectionDays(source: Source): Promise<number[] | null> {
  const parts = await Promise.all(openPeriods(source.model).map((_, p) => source.array(`cell/0/${p}/day`)));
  return parts.every(Boolean) ? parts.flatMap((days) => Array.from(days!)) : null;
}

/** Walk-forward and combinatorial cross-validation, where the sweep file asks for them. */
export async function foldsPage(source: Source, box: HTMLElement): Promise<HTMLElement | null> {
  const { model, grid } = source,
    { windows, path_sharpe: paths } = reviewOf(model).folds,
    f = reviewOf(model).figures;
  if (!windows.length && !paths.length) return null;
  const width = chartWidth(box, 480),
    out = h(
      "section",
      { id: "folds" },
      h("h2", {}, "The choice, walked forward"),
      h(
        "p",
        {},
        "How the choice itself would have fared: pick the best point on some days, earn with it on others. Nothing here is computed anew, and nothing of it counts for the verdict.",
      ),
    );
  if (windows.length) {
    type Window = (typeof windows)[number];
    const days = await selectionDays(source),
      last = Math.max(...windows.map((w) => w.oos_end)),
      dated = days !== null && days.length >= last,
      day = (row: number) => date(days![row]!),
      span = (begin: number, end: number) => (dated ? `${day(begin)} to ${day(end - 1)}` : `${begin}\u2013${end - 1}`);
    const x = windows.map((_, i) => i),
      texts = windows.map((w, i) => (dated ? day(w.oos_begin).slice(0, 7) : String(i + 1))),
      value = (v: Figure) => figure(v);
    out.append(
      h(
        "div",
        { class: "figures" },
        figureCard(
          source,
          "walk_forward",
          "efficiency",
          (v) => percent(v, 0),
          "Walk-forward efficiency",
          "return out of sample over in sample; 50\u202f% is usual",
        ),
        figureCard(source, "walk_forward", "consistency", (v) => percent(v, 0), "Consistency", "windows that earned"),
        figureCard(
          source,
          "walk_forward",
          "sharpe",
          (v) => sig(v, 3),
          "Sharpe ratio, stitched",
          "of the days out of sample in order",
        ),
        figureCard(source, "walk_forward", "mdd", (v) => percent(v), "Drawdown, stitched", "of the same days"),
        figureCard(
          source,
          "walk_forward",
          "param_drift",
          (v) => percent(v, 0),
          "Parameter drift",
          "mean step between picks, share of the axes",
        ),
      ),
      h(
        "figure",
        {},
        h(
          "figcaption",
          {},
          `Annualised return of each window's pick where it was chosen, and after (${count(windows.length)} windows)`,
        ),
        new Chart({
          label: `Walk-forward returns of ${windows.length} windows`,
          width: Math.min(2 * width, box.clientWidth || width),
          x: "band",
          y: "linear",
          xTexts: texts,
          xTitle: dated ? "window, by the month after its choice" : "window",
          yFormat: (v) => percent(v, 0),
          zero: true,
          bars: {
            edges: [],
            heights: windows.map((w) => value(w.oos_return)),
            kind: (i) => (value(windows[i]!.oos_return) < 0 ? "bad" : "good"),
            label: (i) =>
              `window ${i + 1}, ${span(windows[i]!.oos_begin, windows[i]!.oos_end)}: ${percent(value(windows[i]!.oos_return))} out of sample, point ${windows[i]!.pick}`,
          },
          dots: { x, y: windows.map((w) => value(w.is_return)), kind: () => "here", name: "in sample", r: 4 },
        }).element,
        legend([
          ["here", "where it was chosen"],
          ["win", "after, gained"],
          ["lose", "after, lost"],
        ]),
      ),
      h(
        "details",
        {},
        h("summary", {}, "The windows as a table"),
        table(
          dated ? "Walk-forward windows" : "Walk-forward windows (days of train and validation, from 0)",
          [
            { head: "window", cell: (w: Window) => String(windows.indexOf(w) + 1) },
            { head: "chosen on", number: true, cell: (w: Window) => span(w.is_begin, w.is_end) },
            { head: "earned on", number: true, cell: (w: Window) => span(w.oos_begin, w.oos_end) },
            { head: "point", number: true, cell: (w: Window) => String(w.pick) },
            ...(model.sampled ? [] : [{ head: "parameters", cell: (w: Window) => grid.describe(w.pick) }]),
            {
              head: "return where chosen",
              number: true,
              cell: (w: Window) => num(value(w.is_return), percent(value(w.is_return))),
            },
            {
              head: "return after",
              number: true,
              cell: (w: Window) => num(value(w.oos_return), percent(value(w.oos_return))),
            },
          ],
          windows,
        ),
      ),
    );
  }
  if (paths.length) {
    const sharpe = paths.map(figure);
    out.append(
      h(
        "figure",
        {},
        h(
          "figcaption",
          {},
          `Sharpe ratio of the ${count(paths.length)} paths through all days out of sample (combinatorial purged cross-validation)`,
        ),
        new Chart({
          label: `Sharpe ratios of ${paths.length} paths, mean ${sig(figure(f["cpcv"]?.["mean_sharpe"]), 3)}`,
          width,
          height: 220,
          x: "band",
          y: "linear",
          xTexts: sharpe.map((_, i) => String(i + 1)),
          xTitle: "path",
          zero: true,
          bars: {
            edges: [],
            heights: sharpe,
            kind: (i) => (sharpe[i]! < 0 ? "bad" : "good"),
            label: (i) => `path ${i + 1}: ${sig(sharpe[i]!, 3)}`,
          },
          rules: [
            { at: figure(f["cpcv"]?.["mean_sharpe"]), name: `mean ${sig(figure(f["cpcv"]?.["mean_sharpe"]), 3)}` },
          ],
        }).element,
      ),
    );
  }
  return out;
}

const HEADS: Record<string, string> = {
  plateau: "Plateau",
  picks: "Robust pick and peak",
  grid: "Grid",
  validation: "Validation",
  holdout: "Holdout",
  overfitting: "Overfitting (CSCV)",
  luck: "Luck (deflated Sharpe ratio)",
  reality_check: "Reality check",
  stress: "Stress",
  trades: "Trades",
  walk_forward: "Walk-forward",
  cpcv: "Combinatorial purged cross-validation",
};

export function figuresPage(source: Source): HTMLElement {
  const { model } = source;
  const text = (v: Figure) =>
    typeof v === "boolean" ? (v ? "yes" : "no") : Number.isInteger(v) ? count(figure(v)) : sig(figure(v), 5);
  const unit = (u = "") => (u === "1" || u === "flag" ? "" : u);
  return h(
    "section",
    { id: "figures" },
    h("h2", {}, "Every number of the review"),
    ...Object.entries(reviewOf(model).figures).map(([group, values]) =>
      h(
        "details",
        {},
        h("summary", {}, HEADS[group] ?? group),
        table(
          HEADS[group] ?? group,
          [
            { head: "name", cell: ([name]: [string, Figure]) => name },
            {
              head: "value",
              number: true,
              cell: ([name, v]: [string, Figure]) => {
                const out = num(figure(v), text(v));
                out.dataset["figure"] = `${group}.${name}`;
                return out;
              },
            },
            { head: "unit", cell: ([name]: [string, Figure]) => unit(model.figures[`${group}.${name}`]?.unit) },
            { head: "what it says", cell: ([name]: [string, Figure]) => model.figures[`${group}.${name}`]?.text ?? "" },
          ],
          Object.entries(values),
        ),
      ),
    ),
  );
}
