// One panel of a heatmap on a canvas: colours, marks, hatches where there is no number, and a cursor
// that mouse and arrow keys move. Numeric y axes run upwards, categorical ones downwards.
import { colour, css, ink, type Palettes, type Scale } from "./colour";
import { h } from "./dom";
import { sig } from "./format";
import { counters } from "./source";
import { isDark, variable } from "./theme";
import { NO_POINT, type View } from "./view";

export interface Mark {
  x: number;
  y: number;
  kind: "robust" | "peak" | "chosen";
}
export interface Outline {
  member: Uint8Array;
  cliffs: [number, number][];
} // cells of the basin; pairs of cells with a cliff between
export interface Panel {
  title: string;
  view: View;
  scale: Scale;
  palettes: Palettes;
  xTitle: string;
  yTitle: string;
  yUp: boolean;
  marks: Mark[];
  outline?: Outline;
  label(cell: number): string; // for the ear and the tooltip
  pick(cell: number): void; // a click or Enter
}

const TEXT = 11,
  GAP = 6,
  CELL_MAX = 180, // wide
  ROW_MIN = 14,
  ROW_MAX = 48,
  ROWS_HIGH = 480, // of all rows together, while one can be read
  CELL_MIN_TEXT = 34;

function hatch(context: CanvasRenderingContext2D, x: number, y: number, w: number, hgt: number, status: number): void {
  const line = variable("--muted");
  context.fillStyle = variable("--panel");
  context.fillRect(x, y, w, hgt);
  context.save();
  context.beginPath();
  context.rect(x, y, w, hgt);
  context.clip();
  context.strokeStyle = line;
  context.lineWidth = 1;
  context.beginPath();
  if (status === 1 || status === 2 || status === 3 || status === 6) {
    // failed, crashed, timeout, disputed: a cross
    context.moveTo(x + 3, y + 3);
    context.lineTo(x + w - 3, y + hgt - 3);
    context.moveTo(x + w - 3, y + 3);
    context.lineTo(x + 3, y + hgt - 3);
  } else if (status === 4) {
    // excluded: hatched
    for (let i = -hgt; i < w; i += 6) {
      context.moveTo(x + i, y + hgt);
      context.lineTo(x + i + hgt, y);
    }
  } else if (status === 5) {
    // missing: an empty frame
    context.setLineDash([3, 3]);
    context.rect(x + 2.5, y + 2.5, Math.max(0, w - 5), Math.max(0, hgt - 5));
  } else if (status !== NO_POINT) {
    // undefined: a dash
    context.moveTo(x + w / 2 - Math.min(6, w / 4), y + hgt / 2);
    context.lineTo(x + w / 2 + Math.min(6, w / 4), y + hgt / 2);
  }
  context.stroke();
  context.restore();
}

export class Heatmap {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly tip = h("div", { class: "tip", hidden: true });
  private readonly live = h("div", { class: "sr", "aria-live": "polite" });
  private readonly stage: HTMLElement;
  private cursor = -1;
  private left = 0;
  private top = 0;
  private w = 0;
  private hgt = 0;
  constructor(
    private panel: Panel,
    private width: number,
  ) {
    this.stage = h(
      "div",
      {
        class: "stage",
        tabindex: 0,
        role: "application",
        "aria-roledescription": "heatmap",
        keydown: ((e: KeyboardEvent) => this.key(e)) as EventListener,
        mousemove: ((e: MouseEvent) => this.hover(e)) as EventListener,
        mouseleave: () => this.hide(),
        click: ((e: MouseEvent) => this.click(e)) as EventListener,
        blur: () => this.hide(),
      },
      this.canvas,
      this.tip,
    );
    this.element = h("figure", { class: "heatmap" }, h("figcaption", {}, panel.title), this.stage, this.live);
    this.draw();
  }
  show(panel: Panel, width: number): void {
    this.panel = panel;
    this.width = width;
    this.element.querySelector("figcaption")!.textContent = panel.title;
    if (this.cursor >= panel.view.nx * panel.view.ny) this.cursor = -1;
    this.draw();
  }
  private row(y: number): number {
    return this.panel.yUp ? this.panel.view.ny - 1 - y : y;
  }
  private layout(context: CanvasRenderingContext2D): void {
    const { view } = this.panel;
    context.font = `${TEXT}px ${variable("--font")}`;
    const longest = Math.max(0, ...view.yTexts.slice(0, 200).map((t) => context.measureText(clip(t)).width));
    this.left = Math.ceil(longest) + 2 * GAP + (this.panel.yTitle ? TEXT + GAP : 0);
    this.top = GAP;
    const room = this.width - this.left - GAP;
    this.w = Math.max(1 / 8, Math.min(CELL_MAX, room / view.nx));
    const row = ROWS_HIGH / view.ny;
    this.hgt = view.ny > 60 ? Math.max(1 / 4, row) : Math.max(ROW_MIN, Math.min(ROW_MAX, row, Math.max(this.w, 36)));
  }
  draw(): void {
    counters.draws++;
    const { view, xTitle, yTitle } = this.panel;
    const context = this.canvas.getContext("2d")!;
    this.layout(context);
    const ratio = Math.max(2, devicePixelRatio || 1);
    const height = this.top + this.hgt * view.ny + 2 * TEXT + 4 * GAP;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${height}px`;
    context.scale(ratio, ratio);
    context.font = `${TEXT}px ${variable("--font")}`;
    this.cells(context);
    this.axes(context, xTitle, yTitle);
    if (this.panel.outline) this.outlines(context, this.panel.outline);
    for (const mark of this.panel.marks) this.mark(context, mark);
    if (this.cursor >= 0) this.ring(context);
    this.stage.setAttribute(
      "aria-label",
      `${this.panel.title}: ${view.nx} by ${view.ny} cells, ${xTitle} to the right${yTitle ? `, ${yTitle} ${this.panel.yUp ? "upwards" : "downwards"}` : ""}. Arrow keys move, Enter shows a cell.`,
    );
  }
  private box(cell: number): [number, number, number, number] {
    const x = cell % this.panel.view.nx,
      y = Math.floor(cell / this.panel.view.nx);
    const x0 = this.left + x * this.w,
      y0 = this.top + this.row(y) * this.hgt;
    return [x0, y0, this.w, this.hgt];
  }
  private cells(context: CanvasRenderingContext2D): void {
    const { view, scale, palettes } = this.panel,
      n = view.nx * view.ny,
      gap = this.w > 8 && this.hgt > 8 ? 1 : 0;
    const write = this.w >= CELL_MIN_TEXT && this.hgt >= 16;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let c = 0; c < n; c++) {
      const [x, y, w, hgt] = this.box(c),
        v = view.values[c]!;
      if (Number.isNaN(v)) {
        hatch(context, x, y, w - gap, hgt - gap, view.status[c]!);
        continue;
      }
      const rgb = colour(palettes, scale, v);
      context.fillStyle = css(rgb);
      context.fillRect(x, y, w - gap + (gap ? 0 : 0.3), hgt - gap + (gap ? 0 : 0.3));
      if (!write) continue;
      context.fillStyle = ink(rgb);
      const text = [3, 2, 1].map((digits) => sig(v, digits)).find((t) => context.measureText(t).width <= w - 4);
      if (text) context.fillText(text, x + w / 2, y + hgt / 2 + 0.5);
    }
  }
  private axes(context: CanvasRenderingContext2D, xTitle: string, yTitle: string): void {
    const { view } = this.panel,
      bottom = this.top + view.ny * this.hgt;
    context.fillStyle = variable("--ink");
    context.textBaseline = "top";
    context.textAlign = "center";
    const widest = Math.max(1, ...view.xTexts.slice(0, 400).map((t) => context.measureText(clip(t)).width)) + GAP;
    const everyX = Math.max(1, Math.ceil(widest / this.w)),
      everyY = Math.max(1, Math.ceil((TEXT + 2) / this.hgt));
    for (let x = 0; x < view.nx; x += everyX) {
      const text = clip(view.xTexts[x]!),
        half = context.measureText(text).width / 2; // the last one ends where the picture does
      context.fillText(text, Math.min(this.left + (x + 0.5) * this.w, this.width - half), bottom + GAP);
    }
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (let y = 0; y < view.ny; y += everyY)
      context.fillText(clip(view.yTexts[y]!), this.left - GAP, this.top + (this.row(y) + 0.5) * this.hgt);
    context.fillStyle = variable("--muted");
    context.textAlign = "center";
    context.textBaseline = "top";
    context.fillText(
      fit(context, `${xTitle} \u2192`, this.w * view.nx),
      this.left + (this.w * view.nx) / 2,
      bottom + TEXT + 2 * GAP,
    );
    if (!yTitle) return;
    context.save();
    context.translate(GAP, this.top + (view.ny * this.hgt) / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(
      fit(context, `${yTitle} ${this.panel.yUp ? "\u2192" : "\u2190"}`, this.hgt * view.ny + 2 * TEXT),
      0,
      0,
    );
    context.restore();
  }
  private edge(context: CanvasRenderingContext2D, a: number, b: number): void {
    const [xa, ya, w, hgt] = this.box(a),
      [xb, yb] = this.box(b);
    const g = 0.5;
    if (Math.abs(ya - yb) < hgt / 2) {
      const x = Math.max(xa, xb) - g;
      context.moveTo(x, ya);
      context.lineTo(x, ya + hgt);
    } else {
      const y = Math.max(ya, yb) - g;
      context.moveTo(xa, y);
      context.lineTo(xa + w, y);
    }
  }
  private outlines(context: CanvasRenderingContext2D, outline: Outline): void {
    const { nx, ny } = this.panel.view;
    context.lineCap = "square";
    for (const [colourOf, width] of [
      [variable("--panel"), 5],
      [variable("--ink"), 2.5],
    ] as const) {
      context.beginPath();
      context.strokeStyle = colourOf;
      context.lineWidth = width;
      for (let c = 0; c < nx * ny; c++) {
        if (!outline.member[c]) continue;
        const [x, y, w, hgt] = this.box(c),
          cx = c % nx,
          cy = Math.floor(c / nx),
          up = this.panel.yUp ? cy + 1 : cy - 1,
          down = this.panel.yUp ? cy - 1 : cy + 1;
        const is = (i: number, j: number) => i >= 0 && j >= 0 && i < nx && j < ny && outline.member[j * nx + i];
        if (!is(cx - 1, cy)) {
          context.moveTo(x, y);
          context.lineTo(x, y + hgt);
        }
        if (!is(cx + 1, cy)) {
          context.moveTo(x + w, y);
          context.lineTo(x + w, y + hgt);
        }
        if (!is(cx, up)) {
          context.moveTo(x, y);
          context.lineTo(x + w, y);
        }
        if (!is(cx, down)) {
          context.moveTo(x, y + hgt);
          context.lineTo(x + w, y + hgt);
        }
      }
      context.stroke();
    }
    context.beginPath();
    context.strokeStyle = variable("--cliff");
    context.lineWidth = 4;
    for (const [a, b] of outline.cliffs) this.edge(context, a, b);
    context.stroke();
  }
  private mark(context: CanvasRenderingContext2D, mark: Mark): void {
    const [x, y, w, hgt] = this.box(mark.y * this.panel.view.nx + mark.x),
      cx = mark.kind === "peak" ? x + Math.min(8, w / 2) : x + w - Math.min(8, w / 2),
      cy = y + Math.min(8, hgt / 2),
      r = Math.max(3, Math.min(5, w / 3, hgt / 3));
    context.lineWidth = 1.5;
    context.strokeStyle = "#000";
    context.fillStyle = mark.kind === "peak" ? "#fff" : "#ffd400";
    context.beginPath();
    if (mark.kind === "peak") {
      context.moveTo(cx, cy - r);
      context.lineTo(cx + r, cy + r);
      context.lineTo(cx - r, cy + r);
      context.closePath();
    } else if (mark.kind === "robust") {
      context.moveTo(cx, cy - r - 1);
      context.lineTo(cx + r + 1, cy);
      context.lineTo(cx, cy + r + 1);
      context.lineTo(cx - r - 1, cy);
      context.closePath();
    } else context.arc(cx, cy, r, 0, 7);
    context.fill();
    context.stroke();
  }
  private ring(context: CanvasRenderingContext2D): void {
    const [x, y, w, hgt] = this.box(this.cursor);
    context.lineWidth = 4;
    context.strokeStyle = isDark() ? "#000" : "#fff";
    context.strokeRect(x, y, w - 1, hgt - 1);
    context.lineWidth = 2;
    context.strokeStyle = variable("--focus");
    context.strokeRect(x, y, w - 1, hgt - 1);
  }
  private at(event: MouseEvent): number {
    const box = this.canvas.getBoundingClientRect(),
      { nx, ny } = this.panel.view;
    const zoom = this.width / box.width;
    const x = Math.floor(((event.clientX - box.left) * zoom - this.left) / this.w),
      row = Math.floor(((event.clientY - box.top) * zoom - this.top) / this.hgt);
    return x < 0 || row < 0 || x >= nx || row >= ny ? -1 : (this.panel.yUp ? ny - 1 - row : row) * nx + x;
  }
  private move(cell: number, say: boolean): void {
    if (cell === this.cursor) return;
    this.cursor = cell;
    this.draw();
    const text = cell < 0 ? "" : this.panel.label(cell);
    if (say) this.live.textContent = text;
    this.tip.hidden = cell < 0;
    if (cell < 0) return;
    this.tip.textContent = text;
    const [x, y, w, hgt] = this.box(cell);
    this.tip.style.left = `${Math.max(0, Math.min(x + w / 2 - 90, this.width - 200))}px`;
    this.tip.style.top = `${y + hgt + 4}px`;
  }
  private hover(event: MouseEvent): void {
    this.move(this.at(event), false);
  }
  private hide(): void {
    this.tip.hidden = true;
  }
  private click(event: MouseEvent): void {
    const cell = this.at(event);
    if (cell < 0) return;
    this.move(cell, true);
    this.panel.pick(cell);
  }
  private key(event: KeyboardEvent): void {
    const { nx, ny } = this.panel.view,
      up = this.panel.yUp ? 1 : -1,
      here = Math.max(0, this.cursor);
    let x = here % nx,
      y = Math.floor(here / nx);
    switch (event.key) {
      case "ArrowLeft":
        x--;
        break;
      case "ArrowRight":
        x++;
        break;
      case "ArrowUp":
        y += up;
        break;
      case "ArrowDown":
        y -= up;
        break;
      case "Home":
        x = 0;
        break;
      case "End":
        x = nx - 1;
        break;
      case "Enter":
      case " ":
        event.preventDefault();
        this.panel.pick(here);
        return;
      case "Escape":
        this.move(-1, true);
        return;
      default:
        return;
    }
    event.preventDefault();
    if (this.cursor < 0) {
      this.move(0, true);
      return;
    }
    this.move(Math.min(ny - 1, Math.max(0, y)) * nx + Math.min(nx - 1, Math.max(0, x)), true);
  }
}

function clip(text: string): string {
  return text.length > 18 ? `${text.slice(0, 17)}\u2026` : text;
}

/** As much of a text as fits. */
function fit(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let n = Math.min(text.length, 200);
  while (n > 1 && context.measureText(`${text.slice(0, n)}\u2026`).width > width) n--;
  return `${text.slice(0, n)}\u2026`;
}
