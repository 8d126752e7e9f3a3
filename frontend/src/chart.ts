// Charts as SVG: crisp on paper, coloured by the style sheet. d3 decides ticks and paths.
import { bisectCenter, extent } from "d3-array";
import {
  scaleBand,
  scaleLinear,
  scaleLog,
  scaleUtc,
  type ScaleBand,
  type ScaleContinuousNumeric,
  type ScaleTime,
} from "d3-scale";
import { area, line } from "d3-shape";
import { h, svg } from "./dom";
import { sig } from "./format";

export interface Series {
  name: string;
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  kind: string;
  fill?: boolean;
}
export interface Band {
  x: ArrayLike<number>;
  low: ArrayLike<number>;
  high: ArrayLike<number>;
  name: string;
}
export interface Dots {
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  kind(i: number): string;
  label?(i: number): string;
  name: string;
  r?: number;
}
export interface Bars {
  edges: number[];
  heights: number[];
  kind(i: number): string;
  label(i: number): string;
}
export type AxisKind = "linear" | "log" | "time" | "band";
export interface ChartSpec {
  label: string;
  width: number;
  height?: number;
  x: AxisKind;
  y: "linear" | "log";
  xTitle?: string;
  yTitle?: string;
  xTexts?: string[]; // of a band axis
  yFormat?(v: number): string;
  xFormat?(v: number): string;
  series?: Series[];
  band?: Band;
  dots?: Dots;
  bars?: Bars;
  rules?: { at: number; name: string; vertical?: boolean; kind?: string }[];
  diagonal?: boolean; // y = x
  zero?: boolean; // the y axis holds 0
  xDomain?: [number, number];
  yDomain?: [number, number]; // charts side by side are compared: one scale for all
}

type X = ScaleContinuousNumeric<number, number, unknown> | ScaleTime<number, number> | ScaleBand<string>;
const MARGIN = { top: 10, right: 18, bottom: 40, left: 58 };

function all(...lists: (ArrayLike<number> | undefined)[]): number[] {
  return lists.flatMap((l) => (l ? Array.from(l) : [])).filter(Number.isFinite);
}

function domainX(spec: ChartSpec): [number, number] {
  if (spec.xDomain) return spec.xDomain;
  const values = all(
    ...(spec.series ?? []).map((s) => s.x),
    spec.band?.x,
    spec.dots?.x,
    spec.bars?.edges,
    (spec.rules ?? []).filter((r) => r.vertical).map((r) => r.at),
  );
  const [a, b] = extent(values);
  return a === undefined ? [0, 1] : a === b ? [a - 1, b! + 1] : [a, b!];
}

export function domainY(spec: ChartSpec): [number, number] {
  if (spec.yDomain) return spec.yDomain;
  const values = all(
    ...(spec.series ?? []).map((s) => s.y),
    spec.band?.low,
    spec.band?.high,
    spec.dots?.y,
    spec.bars?.heights,
    (spec.rules ?? []).filter((r) => !r.vertical).map((r) => r.at),
  );
  if (spec.zero || spec.bars) values.push(0);
  const [a, b] = extent(spec.y === "log" ? values.filter((v) => v > 0) : values);
  if (a === undefined) return [0, 1];
  const room = a === b ? Math.abs(a) * 0.1 || 1 : (b! - a) * 0.06;
  return spec.y === "log" ? [a * 0.97, b! * 1.03] : [spec.bars && a === 0 ? 0 : a - room, b! + room];
}

/** Ticks of millions have no room for their zeros. */
function shortTick(format: (v: number) => string): (v: number) => string {
  return (v) => (Math.abs(v) >= 1e6 ? sig(v, 3) : format(v));
}

function cut(text: string, fits: number): string {
  return text.length > fits ? `${text.slice(0, fits - 1)}\u2026` : text;
}

/** A name in one line, or in two where it has a space or an underscore to break at. */
function inLines(text: string, fits: number, lines: 1 | 2): string {
  if (text.length <= fits || lines === 1) return cut(text, fits);
  const at = Math.max(text.lastIndexOf(" ", fits - 1), text.lastIndexOf("_", fits - 1)) + 1;
  return at ? `${text.slice(0, at).trimEnd()}\n${cut(text.slice(at), fits)}` : cut(text, fits);
}

export class Chart {
  readonly element: HTMLElement;
  private readonly tip = h("div", { class: "tip", hidden: true });
  private readonly root: SVGSVGElement;
  private readonly x: X;
  private readonly y: ScaleContinuousNumeric<number, number>;
  private readonly height: number;
  constructor(private readonly spec: ChartSpec) {
    this.height = spec.height ?? 260;
    const range: [number, number] = [MARGIN.left, spec.width - MARGIN.right];
    this.x =
      spec.x === "band"
        ? scaleBand(
            spec.xTexts!.map((_, i) => String(i)),
            range,
          )
            .paddingInner(0.2)
            .paddingOuter(0.1)
        : spec.x === "time"
          ? scaleUtc(domainX(spec), range)
          : spec.x === "log"
            ? scaleLog(domainX(spec), range)
            : scaleLinear(domainX(spec), range);
    this.y = (spec.y === "log" ? scaleLog() : scaleLinear())
      .domain(domainY(spec))
      .range([this.height - MARGIN.bottom, MARGIN.top]);
    this.root = svg("svg", {
      viewBox: `0 0 ${spec.width} ${this.height}`,
      width: spec.width,
      height: this.height,
      role: "img",
      "aria-label": spec.label,
      class: "chart",
    });
    this.axes();
    this.marks();
    this.element = h("div", { class: "chartbox" }, this.root, this.tip);
    this.root.addEventListener("mousemove", (e) => this.hover(e));
    this.root.addEventListener("mouseleave", () => {
      this.tip.hidden = true;
      this.root.querySelector(".cursor")?.remove();
    });
  }
  private px(v: number): number {
    if (this.spec.x === "band") {
      const band = this.x as ScaleBand<string>;
      return (band(String(v)) ?? 0) + band.bandwidth() / 2;
    }
    return (this.x as ScaleContinuousNumeric<number, number>)(v);
  }
  private axes(): void {
    const { spec } = this,
      bottom = this.height - MARGIN.bottom,
      right = spec.width - MARGIN.right;
    const formatY = spec.yFormat ?? shortTick(this.y.tickFormat(5) as (v: number) => string);
    for (const tick of this.ticksY()) {
      const y = this.y(tick);
      this.root.append(
        svg("line", {
          class: tick === 0 && spec.y === "linear" ? "zero" : "gridline",
          x1: MARGIN.left,
          x2: right,
          y1: y,
          y2: y,
        }),
        svg("text", { class: "tick", x: MARGIN.left - 8, y, dy: "0.32em", "text-anchor": "end" }, formatY(tick)),
      );
    }
    for (const [at, text] of this.ticksX())
      this.root.append(
        svg("line", { class: "tickmark", x1: at, x2: at, y1: bottom, y2: bottom + 4 }),
        svg(
          "text",
          { class: "tick", y: bottom + 16, "text-anchor": "middle" },
          ...text.split("\n").map((part, i) => svg("tspan", { x: at, dy: i ? 12 : 0 }, part)),
        ),
      );
    this.root.append(svg("line", { class: "axis", x1: MARGIN.left, x2: right, y1: bottom, y2: bottom }));
    if (spec.xTitle)
      this.root.append(
        svg(
          "text",
          { class: "title", x: (MARGIN.left + right) / 2, y: this.height - 5, "text-anchor": "middle" },
          spec.xTitle,
        ),
      );
    if (spec.yTitle)
      this.root.append(
        svg(
          "text",
          {
            class: "title",
            transform: `translate(12 ${(MARGIN.top + bottom) / 2}) rotate(-90)`,
            "text-anchor": "middle",
          },
          spec.yTitle,
        ),
      );
  }
  private ticksY(): number[] {
    const ticks = this.y.ticks(5);
    if (ticks.length <= 7) return ticks;
    const every = Math.ceil(ticks.length / 6);
    return ticks.filter((_, i) => i % every === 0);
  }
  private ticksX(): [number, string][] {
    const { spec } = this,
      n = Math.max(2, Math.floor(spec.width / 95));
    if (spec.x === "band") {
      const room = (spec.width - MARGIN.left - MARGIN.right) / spec.xTexts!.length,
        longest = Math.max(...spec.xTexts!.map((t) => t.length));
      const fits = Math.max(3, Math.floor(room / 6.4)),
        every = longest > fits && longest <= 8 ? Math.ceil((longest * 6.4) / room) : 1;
      return spec
        .xTexts!.map(
          (t, i) =>
            [this.px(i), inLines(t, Math.max(3, Math.floor((room * every) / 6.4)), spec.xTitle ? 1 : 2)] as [
              number,
              string,
            ],
        )
        .filter((_, i) => i % every === 0);
    }
    if (spec.x === "time") {
      const scale = this.x as ScaleTime<number, number>,
        format = scale.tickFormat(n);
      return scale.ticks(n).map((t) => [scale(t), format(t)]);
    }
    const scale = this.x as ScaleContinuousNumeric<number, number>;
    const format = spec.xFormat ?? shortTick(scale.tickFormat(n) as (v: number) => string);
    return scale
      .ticks(n)
      .map((t) => [scale(t), format(t)] as [number, string])
      .filter(([, text]) => text);
  }
  private marks(): void {
    const { spec } = this,
      bottom = this.height - MARGIN.bottom,
      right = spec.width - MARGIN.right;
    const px = (_: unknown, i: number, at: ArrayLike<number>) => this.px(at[i]!);
    if (spec.band) {
      const b = spec.band,
        index = Array.from(b.x, (_, i) => i);
      const path = area<number>()
        .defined((i) => Number.isFinite(b.low[i]!))
        .x((i) => px(0, i, b.x))
        .y0((i) => this.y(b.low[i]!))
        .y1((i) => this.y(b.high[i]!))(index);
      this.root.append(svg("path", { class: "band", d: path ?? "" }));
    }
    if (spec.bars) this.bars(spec.bars, bottom);
    if (spec.diagonal) {
      const [a, b] = this.x.domain() as unknown as [number, number],
        [c, d] = this.y.domain() as [number, number],
        from = Math.max(+a, c),
        to = Math.min(+b, d);
      this.root.append(
        svg("line", { class: "rule", x1: this.px(from), y1: this.y(from), x2: this.px(to), y2: this.y(to) }),
      );
    }
    if (spec.dots) {
      const d = spec.dots;
      for (let i = 0; i < d.x.length; i++) {
        if (!Number.isFinite(d.x[i]!) || !Number.isFinite(d.y[i]!)) continue;
        this.root.append(
          svg("circle", {
            class: `dot ${d.kind(i)}`,
            cx: this.px(d.x[i]!).toFixed(1),
            cy: this.y(d.y[i]!).toFixed(1),
            r: d.r ?? 3,
          }),
        );
      }
    }
    for (const s of spec.series ?? []) {
      const index = Array.from(s.x, (_, i) => i),
        ok = (i: number) => Number.isFinite(s.y[i]!) && (spec.y === "linear" || s.y[i]! > 0);
      if (s.fill)
        this.root.append(
          svg("path", {
            class: `fill ${s.kind}`,
            d:
              area<number>()
                .defined(ok)
                .x((i) => px(0, i, s.x))
                .y0(this.y(0))
                .y1((i) => this.y(s.y[i]!))(index) ?? "",
          }),
        );
      this.root.append(
        svg("path", {
          class: `line ${s.kind}`,
          d:
            line<number>()
              .defined(ok)
              .x((i) => px(0, i, s.x))
              .y((i) => this.y(s.y[i]!))(index) ?? "",
        }),
      );
    }
    for (const r of spec.rules ?? []) {
      const at = r.vertical ? this.px(r.at) : this.y(r.at),
        late = r.vertical && at > spec.width * 0.75;
      this.root.append(
        svg("line", {
          class: `rule ${r.kind ?? ""}`,
          x1: r.vertical ? at : MARGIN.left,
          x2: r.vertical ? at : right,
          y1: r.vertical ? MARGIN.top : at,
          y2: r.vertical ? bottom : at,
        }),
        svg(
          "text",
          {
            class: "rulename",
            x: r.vertical ? at + (late ? -4 : 4) : right,
            y: r.vertical ? MARGIN.top + 8 : at - 4,
            "text-anchor": r.vertical && !late ? "start" : "end",
          },
          r.name,
        ),
      );
    }
  }
  private bars(bars: Bars, bottom: number): void {
    const zero = Math.min(bottom, this.y(Math.max(0, this.y.domain()[0]!)));
    bars.heights.forEach((v, i) => {
      const band = this.spec.x === "band";
      const x0 = band ? (this.x as ScaleBand<string>)(String(i))! : this.px(bars.edges[i]!) + 0.5;
      const w = band ? (this.x as ScaleBand<string>).bandwidth() : this.px(bars.edges[i + 1]!) - x0 - 0.5;
      const y = Number.isFinite(v) ? this.y(v) : zero;
      this.root.append(
        svg(
          "rect",
          {
            class: `bar ${bars.kind(i)}`,
            x: x0,
            width: Math.max(0.5, w),
            y: Math.min(y, zero),
            height: Math.abs(zero - y),
          },
          svg("title", {}, bars.label(i)),
        ),
      );
    });
  }
  /** The nearest values of every line, or the nearest dot. */
  private hover(event: MouseEvent): void {
    const box = this.root.getBoundingClientRect(),
      zoom = this.spec.width / box.width,
      mx = (event.clientX - box.left) * zoom,
      my = (event.clientY - box.top) * zoom;
    const text = this.spec.series?.length ? this.nearLines(mx) : this.spec.dots?.label ? this.nearDot(mx, my) : "";
    this.tip.hidden = !text;
    if (!text) return;
    this.tip.textContent = text;
    this.tip.style.left = `${Math.min(mx / zoom + 12, box.width - 180)}px`;
    this.tip.style.top = `${my / zoom + 12}px`;
  }
  private nearLines(mx: number): string {
    const first = this.spec.series![0]!,
      at = bisectCenter(
        Array.from(first.x, (v) => this.px(v)),
        mx,
      );
    const value = first.x[at];
    if (value === undefined) return "";
    this.root.querySelector(".cursor")?.remove();
    const x = this.px(value);
    this.root.append(svg("line", { class: "cursor", x1: x, x2: x, y1: MARGIN.top, y2: this.height - MARGIN.bottom }));
    const head =
      this.spec.x === "time"
        ? new Date(value).toISOString().slice(0, 10)
        : this.spec.x === "band"
          ? this.spec.xTexts![value]!
          : sig(value);
    return [
      head,
      ...this.spec.series!.map((s) => {
        const i = s === first ? at : Array.from(s.x).indexOf(value);
        return i < 0 || !Number.isFinite(s.y[i]!) ? "" : `${s.name}: ${(this.spec.yFormat ?? sig)(s.y[i]!)}`;
      }),
    ]
      .filter(Boolean)
      .join("\n");
  }
  private nearDot(mx: number, my: number): string {
    const d = this.spec.dots!;
    let best = -1,
      distance = 144;
    for (let i = 0; i < d.x.length; i++) {
      const q = (this.px(d.x[i]!) - mx) ** 2 + (this.y(d.y[i]!) - my) ** 2;
      if (q < distance) {
        distance = q;
        best = i;
      }
    }
    return best < 0 ? "" : d.label!(best);
  }
}

export function legend(items: [string, string][]): HTMLElement {
  return h(
    "ul",
    { class: "legend" },
    ...items.map(([kind, name]) => h("li", {}, h("span", { class: `key ${kind}`, "aria-hidden": "true" }), name)),
  );
}
