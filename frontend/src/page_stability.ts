// The plateau seen closely: one axis at a time with what lies beside it, and the basin on a map.
import { scaleOf, type Scale } from "./colour";
import { Chart, domainY, legend, type ChartSpec } from "./chart";
import { element } from "./decode";
import { choice, h } from "./dom";
import { count, percent, sig } from "./format";
import { Heatmap, type Panel } from "./heatmap";
import { openPeriods } from "./model";
import { strongest, legendBar } from "./explorer";
import { basinOf, surfaceOf } from "./robustness";
import type { ColumnId, Source } from "./source";
import { onTheme } from "./theme";
import { UNDEFINED, type View } from "./view";

const RATIO_SCALE: Scale = { diverging: false, low: 0, high: 1.5 };
const CLIFF = 0.5; // a step that loses more than half of the higher value, which is at least half of the point's

interface Line {
  own: Float64Array;
  low: Float64Array;
  high: Float64Array;
}

/** Values along a dimension through a point; low and high: one step along any one other dimension. */
async function lineOf(source: Source, point: number, id: ColumnId, d: number): Promise<Line | null> {
  const { grid, model } = source,
    n = grid.n[d]!,
    levels = grid.levels(point),
    column = await source.column(id);
  const out: Line = {
    own: new Float64Array(n).fill(NaN),
    low: new Float64Array(n).fill(NaN),
    high: new Float64Array(n).fill(NaN),
  };
  const add = (l: number, v: number) => {
    if (Number.isNaN(v)) return;
    if (!(v >= out.low[l]!)) out.low[l] = v;
    if (!(v <= out.high[l]!)) out.high[l] = v;
  };
  const others = levels.map((_, e) => e).filter((e) => e !== d && grid.ordered(e));
  if (column) {
    for (let l = 0; l < n; l++) {
      const here = point + (l - levels[d]!) * grid.stride[d]!;
      add(l, (out.own[l] = column.at(here)));
      for (const e of others)
        for (const step of [-1, 1])
          if (levels[e]! + step >= 0 && levels[e]! + step < grid.n[e]!)
            add(l, column.at(here + step * grid.stride[e]!));
    }
    return out;
  }
  const pick = model.plan.picks.indexOf(point);
  if (pick < 0) return null;
  for (const e of others.length ? others : levels.map((_, i) => i).filter((i) => i !== d)) {
    const cut = await source.slice(pick, id, Math.min(d, e), Math.max(d, e));
    if (!cut) continue;
    const value = (l: number, k: number) => (d < e ? cut[l * grid.n[e]! + k]! : cut[k * n + l]!);
    for (let l = 0; l < n; l++) {
      add(l, (out.own[l] = value(l, levels[e]!)));
      if (!grid.ordered(e)) continue;
      for (const step of [-1, 1])
        if (levels[e]! + step >= 0 && levels[e]! + step < grid.n[e]!) add(l, value(l, levels[e]! + step));
    }
  }
  return out;
}

async function slice(source: Source, point: number, d: number, width: number): Promise<ChartSpec | null> {
  const { grid, model } = source,
    n = grid.n[d]!,
    kind = grid.spacing(d),
    texts = Array.from({ length: n }, (_, l) => grid.text(d, l));
  const id = { metric: model.objective, scenario: model.base_scenario, period: 0 };
  const train = await lineOf(source, point, id, d),
    other = openPeriods(model).length > 1 ? await lineOf(source, point, { ...id, period: 1 }, d) : null;
  if (!train) return null;
  const usable =
    kind !== "categorical" &&
    Array.from({ length: n }, (_, l) => grid.value(d, l)).every((v) => Number.isFinite(v) && (kind !== "log" || v > 0));
  const x = Array.from({ length: n }, (_, l) => (usable ? grid.value(d, l) : l)),
    here = x[grid.levels(point)[d]!]!;
  const dots = { x, y: train.own, kind: (i: number) => (x[i] === here ? "here" : "train"), name: "train", r: 3.5 };
  return {
    label: `${model.metrics[model.objective]!.name} along ${grid.name(d)} through point ${point}`,
    width,
    height: 220,
    x: !usable ? "band" : kind === "log" ? "log" : "linear",
    y: "linear",
    xTitle: grid.name(d),
    yTitle: model.metrics[model.objective]!.name,
    xTexts: texts,
    band: { x, low: train.low, high: train.high, name: "neighbourhood" },
    dots,
    series: [
      { name: openPeriods(model)[0]!.name, x, y: train.own, kind: "a" },
      ...(other ? [{ name: openPeriods(model)[1]!.name, x, y: other.own, kind: "b dashed" }] : []),
    ],
    rules: usable ? [{ at: here, name: "", vertical: true, kind: "soft" }] : [],
  };
}

/** Charts that are compared have one scale: a steep line is a steep axis. */
function sideBySide(specs: ChartSpec[]): HTMLElement[] {
  const ends = specs.map(domainY),
    yDomain: [number, number] = [Math.min(...ends.map(([a]) => a)), Math.max(...ends.map(([, b]) => b))];
  return specs.map((s) => h("figure", {}, h("figcaption", {}, s.xTitle!), new Chart({ ...s, yDomain }).element));
}

export function chartWidth(box: HTMLElement, wanted: number): number {
  const room = box.clientWidth || document.documentElement.clientWidth - 32;
  return Math.max(260, room >= 2 * wanted ? Math.floor(room / Math.floor(room / wanted)) - 16 : Math.min(room, 720));
}

export class StabilityPage {
  readonly element: HTMLElement;
  private readonly slices = h("div", { class: "grid" });
  private readonly map = h("div", { class: "grid maps" });
  private readonly head = h("div", { class: "controls" });
  private readonly words = h("p", { id: "basin-words" });
  private maps: [Heatmap, Panel][] = [];
  point: number;
  constructor(private readonly source: Source) {
    this.point = source.model.chosen ?? 0;
    this.element = h(
      "section",
      { id: "plateau" },
      h("h2", {}, "The plateau, closely"),
      this.head,
      h("h3", {}, "The basin on a map"),
      this.words,
      this.map,
      h("h3", {}, "One axis at a time"),
      h(
        "p",
        { class: "hint" },
        "The line holds all other parameters still; the band spans the points one step along any one other axis. A plateau is a line that stays level and a band that stays narrow. All charts have the same scale.",
      ),
      legend(
        [
          ["a", openPeriods(source.model)[0]?.name ?? ""],
          ["b dashed", openPeriods(source.model)[1]?.name ?? ""],
          ["band", "train, one step along another axis"],
          ["here", "the point"],
        ].filter(([, n]) => n) as [string, string][],
      ),
      this.slices,
    );
    onTheme(() => this.maps.forEach(([m, p]) => m.show(p, chartWidth(this.map, 520))));
  }
  async show(point = this.point): Promise<void> {
    this.point = point;
    const { model, grid } = this.source;
    if (model.not_grid || model.sampled) {
      this.element.replaceChildren(
        h("h2", {}, "The plateau, closely"),
        h("p", {}, model.sampled ? "The sweep is a sample: its points have no neighbours." : model.not_grid!),
      );
      return;
    }
    const options: [number, string][] = [
      [model.robust, "robust pick"],
      [model.peak, "peak"],
      [model.chosen, "chosen"],
    ]
      .filter(([p], i, all) => p !== null && all.findIndex(([q]) => q === p) === i)
      .map(([p, n]) => [p as number, `${n} (point ${p})`]);
    if (!options.some(([p]) => p === point)) options.push([point, `clicked (point ${point})`]);
    this.head.replaceChildren(choice("stability-point", "Around", options, point, (v) => void this.show(+v)));
    const shown = grid.n.map((_, d) => d).filter((d) => grid.n[d]! > 1),
      width = chartWidth(this.slices, shown.length % 3 === 1 ? 480 : 340); // no row with one chart
    const charts = await Promise.all(shown.map((d) => slice(this.source, point, d, width)));
    this.slices.replaceChildren(...sideBySide(charts.filter((c) => c !== null)));
    if (!this.slices.children.length)
      this.slices.append(
        h(
          "p",
          {},
          shown.length
            ? "This report of a large grid carries slices through its picks only."
            : "No axis has two levels.",
        ),
      );
    await this.drawMap(point);
  }
  private async drawMap(point: number): Promise<void> {
    const { model, grid } = this.source,
      surface = await surfaceOf(this.source),
      [x, y] = strongest(this.source);
    this.map.replaceChildren();
    this.maps = [];
    if (!surface || y === null) {
      this.words.textContent = surface
        ? "A sweep of one axis has its map in the line below."
        : "The basin needs every point of the grid, which this report of a large run does not carry.";
      return;
    }
    const member = basinOf(this.source, surface.f, point),
      size = member.reduce((a, b) => a + b, 0),
      valid = surface.f.reduce((a, v) => a + (Number.isNaN(v) ? 0 : 1), 0);
    const levels = grid.levels(point),
      at = (c: number) =>
        point +
        ((c % grid.n[x]!) - levels[x]!) * grid.stride[x]! +
        (Math.floor(c / grid.n[x]!) - levels[y]!) * grid.stride[y]!;
    const n = grid.n[x]! * grid.n[y]!,
      values = Float64Array.from({ length: n }, (_, c) => surface.f[at(c)]!),
      cliffs: [number, number][] = [];
    const step = (a: number, b: number) => {
      const high = Math.max(values[a]!, values[b]!),
        low = Math.min(values[a]!, values[b]!);
      if (high >= CLIFF * surface.f[point]! && high > 0 && (high - low) / high > CLIFF) cliffs.push([a, b]);
    };
    for (let c = 0; c < n; c++) {
      if (grid.ordered(x) && (c % grid.n[x]!) + 1 < grid.n[x]!) step(c, c + 1);
      if (grid.ordered(y) && c + grid.n[x]! < n) step(c, c + grid.n[x]!);
    }
    this.words.textContent =
      `${count(size)} of ${count(valid)} points (${percent(size / valid)}) are connected to point ${point} at 80\u202f% of its value or more. ` +
      `The frame is where that basin meets this slice; a thick red edge is a cliff: a single step down from good ground that loses more than half.`;
    this.words.dataset["basin"] = String(size);
    await this.addMap(
      point,
      `${model.metrics[model.objective]!.name} in ${openPeriods(model)[0]!.name}`,
      values,
      x,
      y,
      at,
      { member: Uint8Array.from({ length: n }, (_, c) => member[at(c)]!), cliffs },
    );
    const ratio = await this.source.array("map/plateau_ratio"),
      section = model.sections["map/plateau_ratio"];
    if (ratio && section && Array.from({ length: n }, (_, c) => element(section, ratio[at(c)]!)).some(Number.isFinite))
      await this.addMap(
        point,
        "Median neighbour over the point (1: level ground, \u2013: the point itself earns nothing)",
        Float64Array.from({ length: n }, (_, c) => element(section, ratio[at(c)]!)),
        x,
        y,
        at,
      );
  }
  private async addMap(
    point: number,
    title: string,
    values: Float64Array,
    x: number,
    y: number,
    at: (c: number) => number,
    outline?: Panel["outline"],
  ): Promise<void> {
    const { model, grid } = this.source,
      status = await this.source.status(model.base_scenario),
      nx = grid.n[x]!,
      ny = grid.n[y]!,
      levels = grid.levels(point);
    const view: View = {
      nx,
      ny,
      xTexts: Array.from({ length: nx }, (_, l) => grid.text(x, l)),
      yTexts: Array.from({ length: ny }, (_, l) => grid.text(y, l)),
      values,
      status: Uint8Array.from({ length: nx * ny }, (_, c) => (status && status[at(c)] ? status[at(c)]! : UNDEFINED)),
      counts: null,
      point: at,
      missing: null,
      rounded: false,
    };
    const panel: Panel = {
      title,
      view,
      scale: outline ? scaleOf([values]) : RATIO_SCALE,
      palettes: model,
      xTitle: grid.name(x),
      yTitle: grid.name(y),
      yUp: grid.ordered(y),
      marks: [
        {
          x: levels[x]!,
          y: levels[y]!,
          kind: point === model.robust ? "robust" : point === model.peak ? "peak" : "chosen",
        },
      ],
      ...(outline ? { outline } : {}),
      label: (c) =>
        `${grid.name(x)} ${view.xTexts[c % nx]}, ${grid.name(y)} ${view.yTexts[Math.floor(c / nx)]}\n${sig(values[c]!)}${outline?.member[c] ? "\nin the basin" : ""}`,
      pick: (c) => void this.show(at(c)),
    };
    const map = new Heatmap(panel, chartWidth(this.map, 520));
    this.maps.push([map, panel]);
    const box = h(
      "div",
      {},
      map.element,
      legendBar(
        this.source,
        outline
          ? model.metrics[model.objective]!
          : { name: "", unit: "1", better: 0, text: "plateau ratio; the colours end at 0 and 1.5" },
        panel.scale,
        false,
      ),
    );
    box.style.width = `${chartWidth(this.map, 520)}px`;
    this.map.append(box);
  }
}
