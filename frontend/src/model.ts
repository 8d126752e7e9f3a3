// What a report says beside its arrays of numbers: docs/report.md describes every field.

export interface Metric {
  name: string;
  unit: string;
  text: string;
  better: number;
}
export type Spacing = "linear" | "log" | "categorical";
export interface Axis {
  path: string;
  label: string;
  unit: string;
  spacing: Spacing;
  texts: string[];
  values: (number | null)[];
}
export interface Dimension {
  n: number;
  axes: Axis[];
}
export interface Scenario {
  name: string;
  slippage: number;
  flash_crash: boolean;
  regime: string;
}
export interface Period {
  name: string;
  start: number;
  end: number;
  locked: boolean;
}
export interface Section {
  id: number;
  type: "f64" | "f32" | "u16" | "u8" | "i32";
  n: number;
  low?: number;
  high?: number;
}
export type Figure = number | boolean | string | null;
export interface Pick {
  pick: string;
  point: number;
  parameters: Record<string, string>;
  train: Figure;
  validation: Figure;
  worst_neighbour: Figure;
  median_neighbour: Figure;
}
export interface Review {
  objective: string;
  verdict: {
    class: string;
    flat_good: boolean;
    reasons: { name: string; words: string }[];
    limits: Record<string, number>;
  };
  picks: { chosen: Pick | null; robust: Pick | null; peak: Pick | null };
  figures: Record<string, Record<string, Figure>>;
  axes: { axis: string; sobol_first: Figure; sobol_total: Figure; gradient: Figure; curvature: Figure }[];
  scenarios: { scenario: string; train: Figure; retained: Figure }[];
  rank_share: Figure[];
  folds: {
    windows: {
      is_begin: number;
      is_end: number;
      oos_begin: number;
      oos_end: number;
      pick: number;
      is_return: Figure;
      oos_return: Figure;
    }[];
    path_sharpe: Figure[];
    split_picks: number[];
  };
  ledger: { used: boolean; distinct_points: number; holdout_openings: number };
  notes: string[];
}
export interface ShownCell {
  point: number;
  status: number[];
  reasons: string[];
  flags: number[][];
  periods?: { days: number; trades: number; open: number }[];
  equal_bits?: boolean;
}
export interface Opening {
  point: number;
  opened: string;
  cells: { scenario: number; period: number; status: number; reason: string; metrics: Figure[] }[];
}
export interface Model {
  format: string;
  run: {
    id: string;
    name: string;
    created: string;
    build: string;
    engine_id: string;
    spec_sha256: string;
    image_blake2b: string;
    report_version: string;
    report_engine_id: string;
    made: string;
    starting_equity: number | null;
    periods_per_year: number | null;
    seed: number;
    spec: string;
    strategies: { name: string; text: string }[];
    sources: { sleeve: string; prices?: string; benchmark?: string }[];
  };
  metrics: Metric[];
  objective: number;
  figures: Record<string, { unit: string; text: string }>;
  dimensions: Dimension[];
  sampled: boolean;
  n_points: number;
  scenarios: Scenario[];
  base_scenario: number;
  periods: Period[];
  statuses: string[];
  status_counts: number[];
  flags: string[];
  reasons: string[];
  chosen: number | null;
  robust: number | null;
  peak: number | null;
  not_grid: string | null;
  plan: { whole: boolean; cubes: number; projected: number; picks: number[] };
  sequential: [number, number, number][];
  diverging: [number, number, number][];
  review: Review | null; // null: a run that is not done has none
  holdout: { times_opened: number; openings: Opening[] };
  workers: Record<string, { tiles: number; compute_s: number; failed: number }>;
  cells: { list: ShownCell[]; symbols: string[] };
  no_curves: string | null;
  failures: { point: number; scenario: number; status: number; attempts: number; reason: string }[];
  n_failed: number;
  sections: Record<string, Section>;
}

export const STATUS_OK = 0;

/** The grid as arithmetic: point <-> levels of its dimensions, and their names. */
export class Grid {
  readonly n: number[];
  readonly stride: number[];
  constructor(readonly model: Model) {
    this.n = model.dimensions.map((d) => d.n);
    this.stride = this.n.map(() => 1);
    for (let d = this.n.length - 2; d >= 0; d--) this.stride[d] = this.stride[d + 1]! * this.n[d + 1]!;
  }
  levels(point: number): number[] {
    return this.n.map((n, d) => Math.floor(point / this.stride[d]!) % n);
  }
  point(levels: readonly number[]): number {
    return levels.reduce((sum, level, d) => sum + level * this.stride[d]!, 0);
  }
  /** Short name: the end of the path, as far as it tells axes apart; a zip group's joined. */
  name(d: number): string {
    return this.model.dimensions[d]!.axes.map((a) => isolate(this.axisName(a))).join(" + ");
  }
  axisName(axis: Axis): string {
    const own = axis.label !== axis.path.replace(/\./g, "_");
    if (own) return axis.label;
    const last = tail(axis.path, 1);
    const all = this.model.dimensions.flatMap((x) => x.axes);
    return all.filter((x) => tail(x.path, 1) === last).length > 1 ? axis.path : last;
  }
  text(d: number, level: number): string {
    return this.model.dimensions[d]!.axes.map((a) => isolate(a.texts[level] ?? `#${level}`)).join(" / ");
  }
  value(d: number, level: number): number {
    const axis =
      this.model.dimensions[d]!.axes.find((a) => a.spacing !== "categorical") ?? this.model.dimensions[d]!.axes[0]!;
    return axis.values[level] ?? level;
  }
  spacing(d: number): Spacing {
    const kinds = this.model.dimensions[d]!.axes.map((a) => a.spacing);
    return kinds.find((k) => k !== "categorical") ?? "categorical";
  }
  /** Steps along a dimension mean something. */
  ordered(d: number): boolean {
    return this.spacing(d) !== "categorical";
  }
  describe(point: number): string {
    return this.levels(point)
      .map((l, d) => `${this.name(d)} = ${this.text(d, l)}`)
      .join(", ");
  }
  /** Points within one step along every ordered dimension, without the point itself. */
  neighbours(point: number): number[] {
    const levels = this.levels(point);
    let out = [0];
    for (let d = 0; d < levels.length; d++) {
      const at = levels[d]!;
      const steps = this.ordered(d) ? [at - 1, at, at + 1].filter((l) => l >= 0 && l < this.n[d]!) : [at];
      out = out.flatMap((sum) => steps.map((l) => sum + l * this.stride[d]!));
    }
    return out.filter((p) => p !== point);
  }
  /** Points one step along one ordered dimension. */
  rook(point: number): number[] {
    const out: number[] = [];
    this.levels(point).forEach((at, d) => {
      if (!this.ordered(d)) return;
      if (at > 0) out.push(point - this.stride[d]!);
      if (at + 1 < this.n[d]!) out.push(point + this.stride[d]!);
    });
    return out;
  }
}

/** A name in a sentence: whatever its direction, it does not reach beyond itself. */
export function isolate(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : `\u2068${text}\u2069`;
}

function tail(path: string, parts: number): string {
  return path.split(".").slice(-parts).join(".");
}

/** The review of a page that has one. */
export function reviewOf(model: Model): Review {
  if (!model.review) throw new Error("this page has no review");
  return model.review;
}

export function openPeriods(model: Model): Period[] {
  return model.periods.filter((p) => !p.locked);
}
