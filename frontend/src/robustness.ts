// Why a point is or is not robust: the plateau measures of any point, from the objective of the
// train period (statistics page, section 6). The review's own figures for the picks come from the
// program; these agree with them (the tests compare).
import { openPeriods, STATUS_OK } from "./model";
import type { Source } from "./source";

export interface Surface {
  f: Float64Array;
  rounded: boolean;
}
export interface Judgement {
  f: number;
  neighbours: number;
  median: number;
  worst: number;
  plateauRatio: number;
  worstRatio: number;
  basin: number;
  valid: number;
  onEdge: string[];
  worstPoint: number;
  stress: { scenario: string; value: number; retained: number }[];
}

const surfaces = new WeakMap<Source, Promise<Surface | null>>();
const BASIN = 0.8;

async function read(source: Source): Promise<Surface | null> {
  const { model } = source,
    id = { metric: model.objective, scenario: model.base_scenario, period: 0 };
  const column = await source.column(id);
  if (!column) return null;
  const status = await source.status(model.base_scenario);
  const exposure = model.metrics.findIndex((m) => m.name === "exposure");
  const invested = await source.column({ ...id, metric: exposure });
  const f = new Float64Array(column.n);
  for (let p = 0; p < f.length; p++) {
    const v = column.at(p);
    const idle = Number.isNaN(v) && (!status || status[p] === STATUS_OK) && invested !== null && invested.at(p) === 0;
    f[p] = idle ? 0 : Number.isFinite(v) ? v : NaN; // a cell that never traded is worth 0
  }
  return { f, rounded: !column.exact };
}

export function surfaceOf(source: Source): Promise<Surface | null> {
  let known = surfaces.get(source);
  if (!known) {
    surfaces.set(source, (known = read(source)));
    source.listen(() => surfaces.delete(source));
  }
  return known;
}

/** Points connected to a point, single steps along ordered axes, at 80 % of its value or more. */
export function basinOf(source: Source, f: Float64Array, point: number): Uint8Array {
  const member = new Uint8Array(f.length),
    limit = BASIN * f[point]!,
    queue = [point];
  if (Number.isNaN(limit)) return member;
  member[point] = 1;
  while (queue.length) {
    for (const q of source.grid.rook(queue.pop()!))
      if (!member[q] && f[q]! >= limit) {
        member[q] = 1;
        queue.push(q);
      }
  }
  return member;
}

function median(values: number[]): number {
  const s = [...values].sort((a, b) => a - b),
    n = s.length;
  return n === 0 ? NaN : n % 2 ? s[n >> 1]! : (s[n / 2 - 1]! + s[n / 2]!) / 2;
}

async function stressOf(source: Source, point: number, f: number): Promise<Judgement["stress"]> {
  const { model } = source,
    out: Judgement["stress"] = [];
  for (let s = 0; s < model.scenarios.length; s++) {
    const scenario = model.scenarios[s]!;
    if (s === model.base_scenario || scenario.regime) continue;
    const column = await source.column({ metric: model.objective, scenario: s, period: 0 });
    if (column)
      out.push({ scenario: scenario.name, value: column.at(point), retained: f > 0 ? column.at(point) / f : NaN });
  }
  return out;
}

export async function judge(source: Source, point: number): Promise<Judgement | null> {
  const surface = await surfaceOf(source),
    { grid, model } = source;
  if (!surface || model.not_grid || openPeriods(model).length === 0) return null;
  const f = surface.f,
    around = grid.neighbours(point),
    values = around.map((p) => f[p]!).filter((v) => !Number.isNaN(v));
  const enough = values.length * 2 >= around.length,
    levels = grid.levels(point);
  const worst = enough && values.length ? Math.min(...values) : NaN,
    mid = enough ? median(values) : NaN,
    own = f[point]!;
  const member = basinOf(source, f, point);
  return {
    f: own,
    neighbours: around.length,
    median: mid,
    worst,
    plateauRatio: own > 0 ? mid / own : NaN,
    worstRatio: own > 0 ? worst / own : NaN,
    basin: member.reduce((n, m) => n + m, 0),
    valid: f.reduce((n, v) => n + (Number.isNaN(v) ? 0 : 1), 0),
    onEdge: levels
      .map((l, d) => (grid.ordered(d) && grid.n[d]! >= 3 && (l === 0 || l === grid.n[d]! - 1) ? grid.name(d) : ""))
      .filter(Boolean),
    worstPoint: around.find((p) => f[p] === worst) ?? -1,
    stress: await stressOf(source, point, own),
  };
}
