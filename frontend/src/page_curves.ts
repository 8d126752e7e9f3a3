// What a cell did day by day: equity, drawdown, months, trades. Only the cells the report carries.
import { Chart, legend, type Series } from "./chart";
import { colour, css, ink, scaleOf } from "./colour";
import { choice, h, num, table } from "./dom";
import { count, date, dates, metricHead, metricNum, percent, sig } from "./format";
import { openPeriods, type Figure, type Period } from "./model";
import type { Source } from "./source";
import { chartWidth } from "./page_stability";
import { figure } from "./format";

const DAY_MS = 86400000,
  MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const OPEN = 255;

interface Days {
  time: Float64Array;
  growth: Float64Array;
  drawdown: Float64Array;
  exposure: Float64Array;
  day: ArrayLike<number>;
  start: number;
  equity: ArrayLike<number>;
}

async function daysOf(source: Source, cell: number, period: number): Promise<Days | null> {
  const get = (what: string) => source.array(`cell/${cell}/${period}/${what}`);
  const day = await get("day"),
    equity = await get("equity"),
    cash = await get("cash");
  if (!day || !equity || !cash || !day.length) return null;
  const n = day.length,
    start = source.model.run.starting_equity ?? equity[0]!;
  const out: Days = {
    time: Float64Array.from(day, (d) => d * DAY_MS),
    growth: new Float64Array(n),
    drawdown: new Float64Array(n),
    exposure: new Float64Array(n),
    day,
    start,
    equity,
  };
  let peak = 1;
  for (let i = 0; i < n; i++) {
    const g = (out.growth[i] = equity[i]! / start);
    peak = Math.max(peak, g);
    out.drawdown[i] = g / peak - 1;
    out.exposure[i] = 1 - cash[i]! / equity[i]!;
  }
  return out;
}

async function benchOf(
  source: Source,
  period: number,
  which: "hold" | "equal",
): Promise<{ time: Float64Array; value: Float64Array } | null> {
  const day = await source.array(`bench/${period}/day`),
    value = await source.array(`bench/${period}/${which}`);
  return day && value && Array.from(value).some(Number.isFinite)
    ? { time: Float64Array.from(day, (d) => d * DAY_MS), value: Float64Array.from(value) }
    : null;
}

/** To a tenth, without a zero that is negative. */
function tenths(value: number): string {
  const text = value.toFixed(1);
  return text === "-0.0" ? "0.0" : text.replace("-", "\u2212");
}

/** Return of each month, from the last close of the month before. */
function monthsOf(days: Days): Map<string, number> {
  const out = new Map<string, number>();
  let before = days.start;
  for (let i = 0; i < days.day.length; i++) {
    const month = date(days.day[i]!).slice(0, 7);
    if (i + 1 < days.day.length && date(days.day[i + 1]!).slice(0, 7) === month) continue;
    out.set(month, days.equity[i]! / before - 1);
    before = days.equity[i]!;
  }
  return out;
}

function monthTable(source: Source, title: string, days: Days): HTMLElement {
  const months = monthsOf(days),
    years = [...new Set([...months.keys()].map((m) => m.slice(0, 4)))],
    scale = scaleOf([[...months.values()]]);
  const cell = (value: number | undefined) => {
    if (value === undefined) return h("td", { class: "num" }, "");
    const rgb = colour(source.model, scale, value),
      td = h("td", { class: "num heat" }, num(value, tenths(100 * value)));
    td.style.background = css(rgb);
    td.style.color = ink(rgb);
    return td;
  };
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": title },
    h(
      "table",
      { class: "months" },
      h("caption", {}, title),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, "year"),
          ...MONTHS.map((m) => h("th", { scope: "col", class: "num" }, m)),
          h("th", { scope: "col", class: "num" }, "year"),
        ),
      ),
      h(
        "tbody",
        {},
        ...years.map((y) => {
          const of = MONTHS.map((_, i) => months.get(`${y}-${String(i + 1).padStart(2, "0")}`)),
            whole = of.reduce((a: number, v) => a * (1 + (v ?? 0)), 1) - 1;
          return h(
            "tr",
            {},
            h("th", { scope: "row" }, y),
            ...of.map(cell),
            h("td", { class: "num" }, num(whole, tenths(100 * whole))),
          );
        }),
      ),
    ),
  );
}

interface Trades {
  entry: ArrayLike<number>;
  exit: ArrayLike<number>;
  pnl: ArrayLike<number>;
  r: ArrayLike<number>;
  symbol: ArrayLike<number>;
  reason: ArrayLike<number>;
}
async function tradesOf(source: Source, cell: number, period: number): Promise<Trades | null> {
  const names = ["entry", "exit", "pnl", "r", "symbol", "reason"] as const;
  const all = await Promise.all(names.map((n) => source.array(`cell/${cell}/${period}/${n}`)));
  return all.every(Boolean) ? (Object.fromEntries(names.map((n, i) => [n, all[i]!])) as unknown as Trades) : null;
}

function histogram(values: number[], bins: number): { edges: number[]; heights: number[] } {
  const low = Math.min(...values),
    high = Math.max(...values),
    step = (high - low) / bins || 1;
  const edges = Array.from({ length: bins + 1 }, (_, i) => low + i * step),
    heights = new Array<number>(bins).fill(0);
  for (const v of values) heights[Math.min(bins - 1, Math.floor((v - low) / step))]!++;
  return { edges, heights };
}

export class CurvesPage {
  readonly element: HTMLElement;
  private readonly head = h("div", { class: "controls" });
  private readonly body = h("div");
  private cell = 0;
  private other: number | null;
  private log = false;
  constructor(private readonly source: Source) {
    const peak = source.model.cells.list.findIndex((c) => c.point === source.model.peak);
    this.other = peak > 0 ? peak : null;
    this.element = h("section", { id: "curves" }, h("h2", {}, "Day by day"), this.head, this.body);
  }
  private name(cell: number): string {
    const { model } = this.source,
      point = model.cells.list[cell]!.point;
    const roles = [
      point === model.robust ? "robust pick" : "",
      point === model.peak ? "peak" : "",
      point === model.chosen && point !== model.robust ? "chosen" : "",
    ].filter(Boolean);
    return `point ${point}${roles.length ? ` (${roles.join(", ")})` : ""}`;
  }
  async open(point: number): Promise<void> {
    const cell = this.source.model.cells.list.findIndex((c) => c.point === point);
    if (cell < 0) return;
    this.cell = cell;
    await this.show();
    this.element.scrollIntoView({ behavior: "auto" });
  }
  async show(): Promise<void> {
    const { model } = this.source;
    if (model.no_curves) {
      this.body.replaceChildren(h("p", {}, `There are no curves and trades in this report: ${model.no_curves}.`));
      return;
    }
    const cells = model.cells.list.map((_, i) => [i, this.name(i)] as [number, string]);
    const log = h("input", {
      type: "checkbox",
      id: "log",
      checked: this.log,
      change: () => {
        this.log = log.checked;
        void this.show();
      },
    });
    this.head.replaceChildren(
      choice("curve", "Cell", cells, this.cell, (v) => {
        this.cell = +v;
        void this.show();
      }),
      choice(
        "against",
        "Against",
        [["", "nothing"], ...cells.filter(([i]) => i !== this.cell)],
        this.other ?? "",
        (v) => {
          this.other = v === "" ? null : +v;
          void this.show();
        },
      ),
      h("div", { class: "field check" }, log, h("label", { for: "log" }, "logarithmic")),
    );
    const shown = model.cells.list[this.cell]!;
    const blocks = await Promise.all(openPeriods(model).map((p, i) => this.period(p.name, i)));
    this.body.replaceChildren(
      h(
        "p",
        { class: "hint" },
        `${this.name(this.cell)}: ${this.source.model.sampled ? "" : this.source.grid.describe(shown.point)}. Each period starts flat with the same money, ${model.scenarios[model.base_scenario]!.name}. ` +
          (shown.equal_bits
            ? "Computed again for this report: every stored metric has the same bits."
            : "Computed again for this report: not every stored metric has the same bits."),
      ),
      legend([
        ["a", this.name(this.cell)],
        ...(this.other === null || this.other === this.cell ? [] : [["b", this.name(this.other)] as [string, string]]),
        ["c dashed", "buy and hold the benchmark"],
        ["d dashed", "equal weight of all symbols"],
      ]),
      ...(blocks.filter(Boolean) as HTMLElement[]),
    );
  }
  private async period(name: string, p: number): Promise<HTMLElement | null> {
    const days = await daysOf(this.source, this.cell, p),
      other = this.other === null || this.other === this.cell ? null : await daysOf(this.source, this.other, p);
    if (!days) return h("p", {}, `${name}: this cell has no days.`);
    const hold = await benchOf(this.source, p, "hold"),
      equal = await benchOf(this.source, p, "equal"),
      trades = await tradesOf(this.source, this.cell, p);
    const width = chartWidth(this.body, 480),
      time = days.time;
    const equity: Series[] = [{ name: this.name(this.cell), x: time, y: days.growth, kind: "a" }];
    if (other) equity.push({ name: this.name(this.other!), x: other.time, y: other.growth, kind: "b" });
    if (hold) equity.push({ name: "buy and hold", x: hold.time, y: hold.value, kind: "c dashed" });
    if (equal) equity.push({ name: "equal weight", x: equal.time, y: equal.value, kind: "d dashed" });
    const down: Series[] = [{ name: this.name(this.cell), x: time, y: days.drawdown, kind: "a", fill: true }];
    if (other) down.push({ name: this.name(this.other!), x: other.time, y: other.drawdown, kind: "b" });
    const chart = (title: string, spec: ConstructorParameters<typeof Chart>[0]) =>
      h("figure", {}, h("figcaption", {}, title), new Chart(spec).element);
    const end = days.growth[days.growth.length - 1]!,
      worst = Math.min(...days.drawdown);
    return h(
      "div",
      { class: "period" },
      h("h3", {}, `${name}: ${date(days.day[0]!)} to ${date(days.day[days.day.length - 1]!)}`),
      h(
        "div",
        { class: "grid" },
        chart("Equity, start = 1", {
          label: `Equity in ${name}: ends at ${sig(end)} times the start`,
          width,
          x: "time",
          y: this.log ? "log" : "linear",
          series: equity,
          yTitle: this.log ? "times the start, log" : "times the start",
        }),
        chart("Drawdown", {
          label: `Drawdown in ${name}: at worst ${percent(worst)}`,
          width,
          x: "time",
          y: "linear",
          series: down,
          yFormat: (v) => percent(v, 0),
          zero: true,
        }),
      ),
      monthTable(this.source, `Monthly returns in ${name}, %`, days),
      trades ? this.trades(name, trades, width, time) : null,
      h(
        "div",
        { class: "grid" },
        chart("Exposure: share of equity in positions", {
          label: `Exposure in ${name}`,
          width,
          height: 180,
          x: "time",
          y: "linear",
          zero: true,
          yFormat: (v) => percent(v, 0),
          series: [{ name: "exposure", x: time, y: days.exposure, kind: "a", fill: true }],
        }),
        trades ? this.reasons(name, trades, width) : null,
      ),
    );
  }
  private trades(name: string, t: Trades, width: number, time: ArrayLike<number>): HTMLElement {
    const { model } = this.source,
      closed = Array.from(t.r, (_, i) => i).filter((i) => t.reason[i] !== OPEN && Number.isFinite(t.r[i]!));
    if (!closed.length) return h("p", {}, "No closed trade.");
    const r = closed.map((i) => t.r[i]!),
      bins = histogram(r, Math.min(30, Math.max(8, Math.ceil(Math.sqrt(r.length) * 2)))),
      mean = r.reduce((a, b) => a + b, 0) / r.length;
    const dots = {
      x: closed.map((i) => t.exit[i]! * DAY_MS),
      y: r,
      kind: (i: number) => (r[i]! >= 0 ? "win" : "lose"),
      name: "trades",
      r: 3.5,
      label: (i: number) => {
        const k = closed[i]!;
        return `${model.cells.symbols[t.symbol[k]!]}\n${date(t.entry[k]!)} to ${date(t.exit[k]!)}\n${sig(t.r[k]!, 3)} R, ${count(t.pnl[k]!)}\n${model.reasons[t.reason[k]!]}`;
      },
    };
    return h(
      "div",
      { class: "grid" },
      h(
        "figure",
        {},
        h("figcaption", {}, `${count(closed.length)} trades by day of exit`),
        new Chart({
          label: `Trades in ${name} by day of exit and R multiple`,
          width,
          x: "time",
          y: "linear",
          yTitle: "R: profit over planned risk",
          xDomain: [time[0]!, time[time.length - 1]!],
          dots,
          zero: true,
        }).element,
      ),
      h(
        "figure",
        {},
        h("figcaption", {}, "Trades by R multiple"),
        new Chart({
          label: `Distribution of R multiples in ${name}, mean ${sig(mean, 3)}`,
          width,
          x: "linear",
          y: "linear",
          xTitle: "R: profit over planned risk",
          yTitle: "trades",
          bars: {
            ...bins,
            kind: (i) => (bins.edges[i]! + bins.edges[i + 1]! < 0 ? "bad" : "good"),
            label: (i) => `${sig(bins.edges[i]!, 3)} to ${sig(bins.edges[i + 1]!, 3)}: ${bins.heights[i]}`,
          },
          rules: [{ at: mean, name: `mean ${sig(mean, 3)}`, vertical: true }],
        }).element,
      ),
    );
  }
  private reasons(name: string, t: Trades, width: number): HTMLElement {
    const { model } = this.source,
      names = [...model.reasons, "still open"],
      n = names.map(() => 0),
      pnl = names.map(() => 0);
    Array.from(t.reason).forEach((k, i) => {
      const at = k === OPEN ? names.length - 1 : k;
      n[at]!++;
      if (Number.isFinite(t.pnl[i]!)) pnl[at]! += t.pnl[i]!;
    });
    const used = names.map((_, i) => i).filter((i) => n[i]);
    return h(
      "figure",
      {},
      h("figcaption", {}, "Why positions were closed"),
      new Chart({
        label: `Exit reasons in ${name}`,
        width,
        height: 180,
        x: "band",
        y: "linear",
        xTexts: used.map((i) => names[i]!.replace(/_/g, " ")),
        bars: {
          edges: [],
          heights: used.map((i) => n[i]!),
          kind: () => "mixed",
          label: (i) => `${names[used[i]!]}: ${n[used[i]!]} trades, ${count(pnl[used[i]!]!)}`,
        },
      }).element,
    );
  }
}

const SHOWN = [
  "sharpe",
  "total_return",
  "cagr",
  "ann_vol",
  "mdd",
  "calmar",
  "sortino",
  "n_trades",
  "win_rate",
  "profit_factor",
  "expectancy_r",
  "exposure",
  "top5_gross_share",
];

/** Breaks between its dates only. */
function headOf(p: Period): string {
  return `${p.name} (${dates(p).replaceAll("-", "\u2011")})`;
}

export async function periodsPage(source: Source): Promise<HTMLElement> {
  const { model } = source,
    open = openPeriods(model),
    locked = model.periods.filter((p) => p.locked),
    cell = model.cells.list.findIndex((c) => c.point === model.chosen);
  const stored = await source.array(`cell/${cell}/metrics`),
    opening = model.holdout.openings.find((o) => o.point === model.chosen);
  const metrics = [
    ...new Set([model.objective, ...SHOWN.map((n) => model.metrics.findIndex((m) => m.name === n))]),
  ].filter((m) => m >= 0);
  const openValue = (m: number, p: number) =>
    stored?.[(model.base_scenario * open.length + p) * model.metrics.length + m] ?? NaN;
  const lockedValue = (m: number, p: number): Figure =>
    opening?.cells.find((c) => c.scenario === model.base_scenario && c.period === p)?.metrics[m] ?? null;
  const times = model.holdout.times_opened;
  const words = !locked.length
    ? "The run has no locked period: nothing was held out."
    : opening
      ? `The holdout was opened for this point on ${opening.opened.slice(0, 10)}; these dates were opened ${count(times)} time${times === 1 ? "" : "s"} in all.`
      : times
        ? `The holdout is not opened for this point, but its dates were opened ${count(times)} time${times === 1 ? "" : "s"} for others.`
        : "The holdout is locked and was never opened: its numbers are not known to anybody.";
  return h(
    "section",
    { id: "periods" },
    h("h2", {}, "Train, validation, holdout"),
    h("p", {}, words),
    table(
      `Point ${model.chosen} side by side`,
      [
        { head: "metric", cell: (m: number) => metricHead(model.metrics[m]!) },
        ...open.map((p, i) => ({
          head: headOf(p),
          number: true,
          cell: (m: number) => metricNum(model.metrics[m]!, openValue(m, i)),
        })),
        ...locked.map((p, i) => ({
          head: headOf(p),
          number: true,
          cell: (m: number) =>
            opening ? metricNum(model.metrics[m]!, figure(lockedValue(m, i))) : h("span", { class: "hint" }, "locked"),
        })),
      ],
      metrics,
    ),
  );
}
