// A view: one metric over two dimensions, as a slice or a projection, ready to be drawn. Everything
// that decides which values are read is here.
import type { Numbers } from "./decode";
import { STATUS_OK } from "./model";
import { counters, type Column, type ColumnId, type Source } from "./source";

export type How = "slice" | "median" | "min" | "max";
const HOWS = ["median", "min", "max"] as const;
export const BINS_MAX = 24; // of a sampled axis with many levels

export interface Request {
  id: ColumnId;
  minus: number | null; // a scenario to take away
  x: number;
  y: number | null; // null: the sweep has one dimension
  how: How;
  held: readonly number[]; // levels of all dimensions
}
export interface View {
  nx: number;
  ny: number;
  xTexts: string[];
  yTexts: string[];
  values: Float64Array; // [ny][nx]
  /** Where there is no number: enum status, UNDEFINED where the cell is ok and the number is not, or NO_POINT. */
  status: Uint8Array;
  counts: Float64Array | null; // points behind a cell; null: one each
  /** The point of a cell: of a projection the best of its points, or -1 where that is not known. */
  point(cell: number): number;
  missing: string | null; // why there are no values at all
  rounded: boolean; // not to the last bit
}
export const UNDEFINED = 255;
export const NO_POINT = 254; // of a sample: no point fell here

interface Frame {
  nx: number;
  ny: number;
  xTexts: string[];
  yTexts: string[];
  xOf(level: number): number;
  yOf(level: number): number;
}

function bins(n: number, sampled: boolean): number {
  return sampled && n > BINS_MAX ? BINS_MAX : n;
}

function axisTexts(source: Source, d: number, size: number): string[] {
  const n = source.grid.n[d]!;
  if (size === n) return Array.from({ length: n }, (_, l) => source.grid.text(d, l));
  return Array.from({ length: size }, (_, b) => source.grid.text(d, Math.floor((b * n) / size)) + " ..");
}

function frameOf(source: Source, request: Request): Frame {
  const { grid, model } = source;
  const nx0 = grid.n[request.x]!,
    ny0 = request.y === null ? 1 : grid.n[request.y]!;
  const nx = bins(nx0, model.sampled),
    ny = request.y === null ? 1 : bins(ny0, model.sampled);
  return {
    nx,
    ny,
    xTexts: axisTexts(source, request.x, nx),
    yTexts: request.y === null ? [""] : axisTexts(source, request.y, ny),
    xOf: (l) => Math.floor((l * nx) / nx0),
    yOf: (l) => Math.floor((l * ny) / ny0),
  };
}

function empty(frame: Frame, missing: string): View {
  const n = frame.nx * frame.ny;
  return {
    ...frame,
    values: new Float64Array(n).fill(NaN),
    status: new Uint8Array(n).fill(UNDEFINED),
    counts: null,
    point: () => -1,
    missing,
    rounded: false,
  };
}

function pointAt(source: Source, request: Request, cell: number, nx: number): number {
  const levels = [...request.held];
  levels[request.x] = cell % nx;
  if (request.y !== null) levels[request.y] = Math.floor(cell / nx);
  return source.grid.point(levels);
}

function sliceView(source: Source, request: Request, frame: Frame, columns: Column[], status: Uint8Array | null): View {
  const n = frame.nx * frame.ny;
  const values = new Float64Array(n),
    of = new Uint8Array(n);
  for (let c = 0; c < n; c++) {
    const point = pointAt(source, request, c, frame.nx);
    values[c] = columns[0]!.at(point) - (columns[1] ? columns[1].at(point) : 0);
    const s = status ? status[point]! : STATUS_OK;
    of[c] = s === STATUS_OK ? UNDEFINED : s;
  }
  return {
    ...frame,
    values,
    status: of,
    counts: null,
    missing: null,
    rounded: !columns[0]!.exact,
    point: (c) => pointAt(source, request, c, frame.nx),
  };
}

/** The slice through a pick, where the page carries no cube to cut others from. */
async function pickView(source: Source, request: Request, frame: Frame): Promise<View | null> {
  const { grid, model } = source;
  const pick = model.plan.picks.findIndex((p) =>
    grid.levels(p).every((l, d) => d === request.x || d === request.y || l === request.held[d]),
  );
  if (pick < 0 || request.y === null) return null;
  const get = (scenario: number) =>
    source.slice(pick, { ...request.id, scenario }, Math.min(request.x, request.y!), Math.max(request.x, request.y!));
  const a = await get(request.id.scenario),
    b = request.minus === null ? null : await get(request.minus);
  if (!a || (request.minus !== null && !b)) return null;
  const view = partView(frame, request, a, b, 0);
  view.point = (c) => pointAt(source, request, c, frame.nx);
  return view;
}

/** [n1][n2] of d1 < d2 as [ny][nx]. */
function partView(frame: Frame, request: Request, a: Numbers, b: Numbers | null, offset: number): View {
  const n = frame.nx * frame.ny,
    values = new Float64Array(n),
    swapped = request.x < request.y!;
  for (let c = 0; c < n; c++) {
    const x = c % frame.nx,
      y = Math.floor(c / frame.nx);
    const i = offset + (swapped ? x * frame.ny + y : y * frame.nx + x);
    values[c] = a[i]! - (b ? b[i]! : 0);
  }
  counters.reads += b ? 2 * n : n;
  return {
    ...frame,
    values,
    status: new Uint8Array(n).fill(UNDEFINED),
    counts: null,
    point: () => -1,
    missing: null,
    rounded: true,
  };
}

async function shippedProjection(source: Source, request: Request, frame: Frame): Promise<View | null> {
  if (request.y === null || request.minus !== null) return null; // a median of differences is no difference of medians
  const all = await source.projection(request.id, Math.min(request.x, request.y), Math.max(request.x, request.y));
  if (!all) return null;
  const view = partView(frame, request, all, null, HOWS.indexOf(request.how as "median") * frame.nx * frame.ny);
  const others = source.model.n_points / (frame.nx * frame.ny);
  view.counts = new Float64Array(frame.nx * frame.ny).fill(others);
  return view;
}

function median(sorted: Float64Array): number {
  const n = sorted.length,
    a = sorted[(n - 1) >> 1]!,
    b = sorted[n >> 1]!;
  return n === 0 ? NaN : a === b ? a : (a + b) / 2;
}

function reduce(values: Float64Array, how: How): number {
  if (values.length === 0) return NaN;
  values.sort();
  return how === "median" ? median(values) : how === "min" ? values[0]! : values[values.length - 1]!;
}

interface Cells {
  of(point: number): number;
}

/** Which cell of the frame a point falls into. */
async function cellsOf(source: Source, request: Request, frame: Frame): Promise<Cells> {
  const { grid, model } = source,
    x = request.x,
    y = request.y;
  if (!model.sampled) {
    const sx = grid.stride[x]!,
      nx = grid.n[x]!,
      sy = y === null ? 1 : grid.stride[y]!,
      ny = y === null ? 1 : grid.n[y]!;
    return { of: (p) => (Math.floor(p / sy) % ny) * frame.nx + (Math.floor(p / sx) % nx) };
  }
  const lx = (await source.array(`level/${x}`))!,
    ly = y === null ? null : (await source.array(`level/${y}`))!;
  return { of: (p) => (ly ? frame.yOf(ly[p]!) : 0) * frame.nx + frame.xOf(lx[p]!) };
}

async function project(
  source: Source,
  request: Request,
  frame: Frame,
  columns: Column[],
  status: Uint8Array | null,
): Promise<View> {
  const n = frame.nx * frame.ny,
    total = source.model.n_points,
    cells = await cellsOf(source, request, frame);
  const counts = new Float64Array(n),
    best = new Float64Array(n).fill(-1),
    bestValue = new Float64Array(n).fill(NaN);
  const of = new Uint8Array(n).fill(source.model.sampled ? NO_POINT : UNDEFINED),
    better = source.model.metrics[request.id.metric]!.better < 0 ? -1 : 1;
  const values = new Float64Array(total),
    cell = new Int32Array(total);
  for (let p = 0; p < total; p++) {
    const c = (cell[p] = cells.of(p));
    const v = (values[p] = columns[0]!.at(p) - (columns[1] ? columns[1].at(p) : 0));
    if (Number.isNaN(v)) {
      const s = status ? status[p]! : STATUS_OK;
      if (counts[c] === 0) of[c] = s === STATUS_OK ? UNDEFINED : s;
      continue;
    }
    counts[c]!++;
    if (!(better * v <= better * bestValue[c]!)) {
      bestValue[c] = v;
      best[c] = p;
    }
  }
  const start = new Int32Array(n + 1);
  for (let c = 0; c < n; c++) start[c + 1] = start[c]! + counts[c]!;
  const sorted = new Float64Array(start[n]!),
    at = start.slice(0, n);
  for (let p = 0; p < total; p++) if (!Number.isNaN(values[p]!)) sorted[at[cell[p]!]!++] = values[p]!;
  const out = new Float64Array(n);
  for (let c = 0; c < n; c++) out[c] = reduce(sorted.subarray(start[c], start[c + 1]), request.how);
  return {
    ...frame,
    values: out,
    status: of,
    counts,
    point: (c) => best[c]!,
    missing: null,
    rounded: !columns[0]!.exact,
  };
}

export async function viewOf(source: Source, request: Request): Promise<View> {
  const frame = frameOf(source, request);
  const how = source.model.sampled && request.how === "slice" ? "median" : request.how;
  const asked = { ...request, how };
  if (source.visible) {
    const { values, status, counts, points } = await source.visible(asked);
    counters.reads += values.length;
    return {
      ...frame,
      values,
      status,
      counts: how === "slice" ? null : counts,
      point: (c) => points[c]!,
      missing: null,
      rounded: false,
    };
  }
  if (how !== "slice" && !source.model.plan.whole) {
    const shipped = await shippedProjection(source, asked, frame);
    if (shipped) return shipped;
  }
  const first = await source.column(request.id);
  const second = request.minus === null ? null : await source.column({ ...request.id, scenario: request.minus });
  if (!first || (request.minus !== null && !second)) {
    const pick = how === "slice" ? await pickView(source, asked, frame) : null;
    return (
      pick ??
      empty(
        frame,
        "This report of a large grid does not carry these numbers. Try another projection, a slice through a pick, or `plateau export`.",
      )
    );
  }
  const columns = second ? [first, second] : [first];
  const status = await source.status(request.id.scenario);
  return how === "slice"
    ? sliceView(source, asked, frame, columns, status)
    : project(source, asked, frame, columns, status);
}
