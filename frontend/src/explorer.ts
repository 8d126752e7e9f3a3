// The explorer: any metric over any two axes, in panels, with sliders for the rest. It knows only a
// Source, so the same explorer serves a finished report and a live page.
import { colour, css, scaleOf, type Scale } from "./colour";
import { choice, h, num, table } from "./dom";
import { count, metricName, metricText, sig } from "./format";
import { Heatmap, type Mark, type Outline, type Panel } from "./heatmap";
import { inspect } from "./inspector";
import { openPeriods, type Metric, type Model } from "./model";
import type { Source } from "./source";
import { onTheme } from "./theme";
import { NO_POINT, UNDEFINED, viewOf, type How, type Request, type View } from "./view";

export type Facet = "none" | "scenario" | "period" | number; // a number: a dimension
export interface State {
  metric: number;
  scenario: number;
  minus: number | null;
  period: number;
  x: number;
  y: number | null;
  how: How;
  facet: Facet;
  shared: boolean;
  held: number[];
}
const PANELS_MAX = 16;

/** The two dimensions that explain most. */
export function strongest(source: Source): [number, number | null] {
  const { model } = source,
    total = (model.review?.axes ?? []).map((a) => (typeof a.sobol_total === "number" ? a.sobol_total : -1));
  const order = model.dimensions
    .map((_, d) => d)
    .sort((a, b) => (total[b] ?? -1) - (total[a] ?? -1) || model.dimensions[b]!.n - model.dimensions[a]!.n);
  return [order[0]!, order[1] ?? null];
}

export function initial(source: Source): State {
  const { model, grid } = source,
    [x, y] = strongest(source);
  return {
    metric: model.objective,
    scenario: model.base_scenario,
    minus: null,
    period: 0,
    x,
    y,
    how: "median",
    facet: "none",
    shared: true,
    held: model.sampled ? grid.n.map(() => 0) : grid.levels(model.chosen ?? 0),
  };
}

interface Shown {
  request: Request;
  title: string;
  view: View;
}

export class Explorer {
  readonly element: HTMLElement;
  readonly state: State;
  onPick: (point: number) => void = () => undefined;
  private readonly controls = h("div", { class: "controls" });
  private readonly sliders = h("div", { class: "sliders" });
  private readonly panels = h("div", { class: "panels" });
  private readonly legend = h("div", { class: "legendbar" });
  private readonly note = h("p", { class: "hint", role: "status" });
  private readonly inspector = h(
    "aside",
    { class: "inspector", "aria-label": "Selected cell", "aria-live": "polite", tabindex: 0 },
    h("p", { class: "hint" }, "A click on a cell, or the arrow keys and Enter, shows it here."),
  );
  private readonly numbers = h("div");
  private readonly details = h(
    "details",
    { class: "numbers" },
    h("summary", {}, "The same numbers as a table"),
    this.numbers,
  );
  private readonly maps: Heatmap[] = [];
  private shown: Shown[] = [];
  private ticket = 0;
  ready: Promise<void> = Promise.resolve();

  constructor(
    private readonly source: Source,
    private readonly openCurve: (point: number) => void,
  ) {
    this.state = initial(source);
    this.details.addEventListener("toggle", () => this.tabulate());
    this.element = h(
      "div",
      { class: "explorer" },
      this.controls,
      h(
        "div",
        { class: "explore" },
        h("div", {}, this.sliders, this.note, this.panels, this.legend, this.details),
        this.inspector,
      ),
    );
    this.build();
    onTheme(() => this.paint());
    source.listen(() => this.update());
    addEventListener("resize", () => this.paint());
  }

  /** Change something, then show it: one read of what is visible, one drawing of it. */
  set(change: Partial<State>): Promise<void> {
    Object.assign(this.state, change);
    if (this.state.x === this.state.y) this.state.y = this.source.grid.n.findIndex((_, d) => d !== this.state.x);
    if (this.state.facet === this.state.x || this.state.facet === this.state.y) this.state.facet = "none";
    if (this.state.minus === this.state.scenario) this.state.minus = null;
    if (typeof this.state.facet === "number" && this.state.how !== "slice") {
      // a panel per level is a cut
      if (change.how) this.state.facet = "none";
      else this.state.how = "slice";
    }
    const sliderMoved = Object.keys(change).every((k) => k === "held");
    if (!sliderMoved) this.build();
    return this.update();
  }
  private build(): void {
    const { model, grid } = this.source,
      s = this.state;
    const focused = document.activeElement?.id;
    const metrics = model.metrics
      .map((m, i) => [i, `${m.name} \u2013 ${m.text}`] as [number, string])
      .filter(([i]) => this.source.have({ metric: i, scenario: s.scenario, period: s.period }) !== "nothing");
    const dims = grid.n.map((n, d) => [d, `${grid.name(d)} (${n})`] as [number, string]);
    const scenarios = model.scenarios.map((x, i) => [i, x.name] as [number, string]);
    const periods = openPeriods(model).map((p, i) => [i, p.name] as [number, string]);
    const facets: [string | number, string][] = [
      ["none", "one panel"],
      ...(scenarios.length > 1 ? [["scenario", "per scenario"] as [string, string]] : []),
      ...(periods.length > 1 ? [["period", "per period"] as [string, string]] : []),
      ...dims
        .filter(([d]) => d !== s.x && d !== s.y && grid.n[d]! <= PANELS_MAX && !model.sampled)
        .map(([d]) => [d, `per ${grid.name(d)}`] as [number, string]),
    ];
    // A control with one choice is none.
    const hows: [How, string][] = [
      ["median", "median over the other axes"],
      ["min", "minimum over the other axes"],
      ["max", "maximum over the other axes"],
    ];
    if (!model.sampled) hows.unshift(["slice", "slice at the sliders"]);
    this.controls.replaceChildren(
      choice("metric", "Metric", metrics, s.metric, (v) => void this.set({ metric: +v })),
      choice("x", "Horizontal axis", dims, s.x, (v) => void this.set({ x: +v, y: +v === s.y ? s.x : s.y })),
      s.y === null
        ? h("div")
        : choice("y", "Vertical axis", dims, s.y, (v) => void this.set({ y: +v, x: +v === s.x ? s.y! : s.x })),
      choice("how", "Show", hows, s.how, (v) => void this.set({ how: v as How })),
      ...(scenarios.length > 1
        ? [
            choice("scenario", "Scenario", scenarios, s.scenario, (v) => void this.set({ scenario: +v })),
            choice(
              "minus",
              "Minus scenario",
              [["", "none"], ...scenarios.filter(([i]) => i !== s.scenario)],
              s.minus ?? "",
              (v) => void this.set({ minus: v === "" ? null : +v }),
            ),
          ]
        : []),
      ...(periods.length > 1
        ? [choice("period", "Period", periods, s.period, (v) => void this.set({ period: +v }))]
        : []),
      ...(facets.length > 1
        ? [
            choice(
              "facet",
              "Panels",
              facets,
              s.facet,
              (v) => void this.set({ facet: v === "none" || v === "scenario" || v === "period" ? v : +v }),
            ),
          ]
        : []),
      ...(s.facet !== "none"
        ? [
            choice(
              "shared",
              "Colours",
              [
                ["shared", "one scale"],
                ["own", "one per panel"],
              ],
              s.shared ? "shared" : "own",
              (v) => void this.set({ shared: v === "shared" }),
            ),
          ]
        : []),
    );
    this.buildSliders();
    if (focused) document.getElementById(focused)?.focus();
  }
  private buildSliders(): void {
    const { model, grid } = this.source,
      s = this.state;
    const free = grid.n.map((_, d) => d).filter((d) => d !== s.x && d !== s.y && d !== s.facet && !model.sampled);
    const cuts = this.source.have(this.id()) === "points";
    const jump = (name: string, point: number | null) =>
      point === null
        ? null
        : h(
            "button",
            {
              type: "button",
              id: `to-${name.split(" ")[0]}`,
              click: () => {
                this.state.held = grid.levels(point);
                void this.set({ how: "slice", held: this.state.held });
              },
            },
            `Through the ${name}`,
          );
    this.sliders.replaceChildren(
      ...free.map((d) => {
        const out = h("output", { for: `slide-${d}` });
        const input = h("input", {
          type: "range",
          id: `slide-${d}`,
          min: 0,
          max: grid.n[d]! - 1,
          step: 1,
          value: s.held[d]!,
          disabled: !cuts,
        });
        input.addEventListener("input", () => {
          const held = [...this.state.held];
          held[d] = +input.value;
          this.state.how = "slice"; // a projection has nothing to slide through
          (document.getElementById("how") as HTMLSelectElement).value = "slice";
          void this.set({ held });
          this.saySliders(free);
        });
        return h("div", { class: "field slider" }, h("label", { for: `slide-${d}` }, grid.name(d)), input, out);
      }),
      ...(model.sampled || !free.length
        ? []
        : [h("div", { class: "jumps" }, jump("robust pick", model.robust), jump("peak", model.peak))]),
    );
    this.saySliders(free);
  }
  /** A projection is over all levels, wherever its sliders stand. */
  private saySliders(free: number[]): void {
    const { grid } = this.source,
      s = this.state;
    for (const d of free) {
      const input = this.sliders.querySelector(`#slide-${d}`)!,
        text = s.how === "slice" ? grid.text(d, s.held[d]!) : `all ${count(grid.n[d]!)} levels`;
      input.setAttribute("aria-valuetext", text);
      input.parentElement!.querySelector("output")!.textContent = text;
      input.parentElement!.classList.toggle("idle", s.how !== "slice");
    }
  }
  private id() {
    return { metric: this.state.metric, scenario: this.state.scenario, period: this.state.period };
  }
  private requests(): { request: Request; title: string }[] {
    const { model, grid } = this.source,
      s = this.state,
      base: Request = { id: this.id(), minus: s.minus, x: s.x, y: s.y, how: s.how, held: s.held };
    if (s.facet === "scenario")
      return model.scenarios.map((x, scenario) => ({
        request: { ...base, id: { ...base.id, scenario }, minus: s.minus === scenario ? null : s.minus },
        title: x.name,
      }));
    if (s.facet === "period")
      return openPeriods(model).map((p, period) => ({
        request: { ...base, id: { ...base.id, period } },
        title: p.name,
      }));
    if (typeof s.facet === "number") {
      const d = s.facet;
      return Array.from({ length: grid.n[d]! }, (_, level) => ({
        request: { ...base, how: "slice" as How, held: s.held.map((l, i) => (i === d ? level : l)) },
        title: `${grid.name(d)} = ${grid.text(d, level)}`,
      }));
    }
    return [{ request: base, title: "" }];
  }
  update(): Promise<void> {
    const ticket = ++this.ticket;
    this.ready = (async () => {
      const shown = await Promise.all(
        this.requests()
          .slice(0, PANELS_MAX)
          .map(async (r) => ({ ...r, view: await viewOf(this.source, r.request) })),
      );
      if (ticket !== this.ticket) return; // something else was asked for meanwhile
      this.shown = shown;
      this.paint();
      this.tabulate();
    })();
    return this.ready;
  }
  private marks(view: Request): Mark[] {
    const { model, grid } = this.source,
      out: Mark[] = [];
    if (model.sampled) return out;
    for (const [kind, point] of [
      ["peak", model.peak],
      ["robust", model.robust],
    ] as const) {
      if (point === null) continue;
      const levels = grid.levels(point);
      if (view.how === "slice" && !levels.every((l, d) => d === view.x || d === view.y || l === view.held[d])) continue;
      out.push({ kind, x: levels[view.x]!, y: view.y === null ? 0 : levels[view.y]! });
    }
    return out;
  }
  private paint(): void {
    const { model, grid } = this.source,
      s = this.state,
      metric = model.metrics[s.metric]!;
    if (!this.shown.length) return;
    const shared = scaleOf(this.shown.map((x) => x.view.values));
    const room = Math.max(280, this.panels.clientWidth || this.element.clientWidth || 640),
      columns = this.shown.length === 1 ? 1 : Math.max(1, Math.min(this.shown.length, Math.floor(room / 330)));
    const width = Math.floor((room - (columns - 1) * 16) / columns);
    const scales = this.shown.map((x) => (s.shared ? shared : scaleOf([x.view.values])));
    this.shown.forEach((x, i) => {
      const panel: Panel = {
        title: this.title(x),
        view: x.view,
        scale: scales[i]!,
        palettes: model,
        xTitle: grid.name(s.x),
        yTitle: s.y === null ? "" : grid.name(s.y),
        yUp: s.y !== null && grid.ordered(s.y),
        marks: this.marks(x.request),
        label: (c) => this.label(x, c),
        pick: (c) => void this.select(x, c),
      };
      const known = this.maps[i];
      if (known) known.show(panel, width);
      else this.maps.push(new Heatmap(panel, width));
    });
    this.maps.length = this.shown.length;
    const elements = this.maps.map((m) => m.element);
    if (elements.length !== this.panels.children.length || elements.some((e, i) => this.panels.children[i] !== e))
      this.panels.replaceChildren(...elements);
    this.panels.dataset["columns"] = String(columns);
    const bars =
      s.shared || this.shown.length === 1
        ? [legendBar(this.source, metric, scales[0]!, s.minus !== null)]
        : scales.map((scale, i) => legendBar(this.source, metric, scale, s.minus !== null, this.shown[i]!.title));
    this.legend.replaceChildren(...bars, keys(model, this.shown));
    const problems = [...new Set(this.shown.map((x) => x.view.missing).filter(Boolean))] as string[];
    const rounded = this.shown.some((x) => x.view.rounded)
      ? "Values are rounded for this large grid (about 5 digits)."
      : "";
    this.note.textContent = [...problems, rounded].filter(Boolean).join(" ");
  }
  private title(x: Shown): string {
    const { model, grid } = this.source,
      s = this.state,
      r = x.request;
    const where = `${model.scenarios[r.id.scenario]!.name}${r.minus === null ? "" : ` minus ${model.scenarios[r.minus]!.name}`}, ${openPeriods(model)[r.id.period]?.name ?? ""}`;
    const rest = grid.n.map((_, d) => d).filter((d) => d !== s.x && d !== s.y && grid.n[d]! > 1);
    const how = !rest.length
      ? ""
      : r.how === "slice"
        ? rest.map((d) => `${grid.name(d)} = ${grid.text(d, r.held[d]!)}`).join(", ")
        : `${{ median: "median", min: "minimum", max: "maximum" }[r.how]} over ${rest.map((d) => grid.name(d)).join(", ")}`;
    return this.shown.length > 1
      ? `${x.title}`
      : [`${model.metrics[s.metric]!.name}: ${where}`, how].filter(Boolean).join("; ");
  }
  private label(x: Shown, cell: number): string {
    const { model, grid } = this.source,
      s = this.state,
      v = x.view,
      metric = model.metrics[s.metric]!;
    const at = `${grid.name(s.x)} ${v.xTexts[cell % v.nx]}${s.y === null ? "" : `, ${grid.name(s.y)} ${v.yTexts[Math.floor(cell / v.nx)]}`}`;
    const value = v.values[cell]!,
      status = v.status[cell]!;
    const said = !Number.isNaN(value)
      ? `${metric.name} ${metricText(metric, value)}`
      : status === UNDEFINED
        ? `${metric.name} undefined`
        : status === NO_POINT
          ? "no point"
          : model.statuses[status]!;
    return `${at}\n${said}${v.counts ? ` (${count(v.counts[cell]!)} points)` : ""}`;
  }
  private async select(x: Shown, cell: number): Promise<void> {
    const point = x.view.point(cell),
      s = this.state;
    if (point < 0) {
      this.inspector.replaceChildren(
        h(
          "p",
          {},
          x.view.counts?.[cell] === 0
            ? "No point of this cell has a value."
            : "This cell is a projection of a large grid. Choose a slice to look at single points.",
        ),
      );
      return;
    }
    const intro =
      x.view.counts && x.view.counts[cell]! > 1
        ? `The best of the ${count(x.view.counts[cell]!)} points behind this cell, which shows their ${s.how === "min" ? "minimum" : s.how === "max" ? "maximum" : "median"}, ${sig(x.view.values[cell]!)}.`
        : "";
    await this.inspectPoint(point, x.request.id.scenario, intro);
  }
  async inspectPoint(point: number, scenario = this.state.scenario, intro = ""): Promise<void> {
    this.inspector.replaceChildren(await inspect(this.source, point, scenario, intro, this.openCurve));
    this.onPick(point);
  }
  private tabulate(): void {
    if (!this.details.open) {
      this.numbers.replaceChildren();
      return;
    }
    const { grid } = this.source,
      s = this.state;
    this.numbers.replaceChildren(
      ...this.shown.map((x) => {
        const v = x.view,
          rows = Array.from({ length: Math.min(v.ny, 200) }, (_, y) => y);
        return table(
          this.title(x),
          [
            { head: `${s.y === null ? "" : grid.name(s.y)} \\ ${grid.name(s.x)}`, cell: (y: number) => v.yTexts[y]! },
            ...v.xTexts.slice(0, 200).map((t, i) => ({
              head: t,
              number: true,
              cell: (y: number) => {
                const value = v.values[y * v.nx + i]!,
                  status = v.status[y * v.nx + i]!;
                return num(
                  value,
                  !Number.isNaN(value)
                    ? sig(value)
                    : status === UNDEFINED
                      ? "undefined"
                      : status === NO_POINT
                        ? ""
                        : this.source.model.statuses[status]!,
                );
              },
            })),
          ],
          rows,
        );
      }),
    );
  }
}

export function legendBar(source: Source, metric: Metric, scale: Scale, difference: boolean, title = ""): HTMLElement {
  const canvas = h("canvas", { width: 240, height: 12, "aria-hidden": "true" }),
    context = canvas.getContext("2d")!;
  for (let i = 0; i < 240; i++) {
    context.fillStyle = css(colour(source.model, scale, scale.low + (i / 239) * (scale.high - scale.low)));
    context.fillRect(i, 0, 1, 12);
  }
  if (Number.isNaN(scale.low)) return h("div", { class: "scale" }, title ? h("span", {}, title) : null, "No values.");
  const better = metric.better > 0 ? "higher is better" : metric.better < 0 ? "lower is better" : "";
  return h(
    "div",
    { class: "scale" },
    title ? h("span", {}, title) : null,
    h("span", { class: "num" }, metricText(metric, scale.low)),
    canvas,
    h("span", { class: "num" }, metricText(metric, scale.high)),
    h("span", { class: "hint" }, `${metricName(metric)}${difference ? ", difference" : better ? `, ${better}` : ""}`),
  );
}

/** What the marks and hatches mean, of those that are there. */
function keys(model: Model, shown: Shown[]): HTMLElement {
  const there = new Set<number>();
  for (const x of shown)
    x.view.values.forEach((v, i) => {
      if (Number.isNaN(v)) there.add(x.view.status[i]!);
    });
  const items: [string, string][] = [];
  if (!model.sampled && model.robust !== null) items.push(["diamond", "robust pick"]);
  if (!model.sampled && model.peak !== null) items.push(["triangle", "peak"]);
  if (there.has(NO_POINT)) items.push(["blank", "no point of the sample"]);
  if ([1, 2, 3, 6].some((s) => there.has(s))) items.push(["cross", "failed"]);
  if (there.has(4)) items.push(["hatched", "excluded by where"]);
  if (there.has(5)) items.push(["dashed", "not computed yet"]);
  if (there.has(UNDEFINED)) items.push(["dash", "undefined (no trade, no variance)"]);
  return h(
    "ul",
    { class: "legend" },
    ...items.map(([k, name]) => h("li", {}, h("span", { class: `key ${k}`, "aria-hidden": "true" }), name)),
  );
}

export type { Outline };
