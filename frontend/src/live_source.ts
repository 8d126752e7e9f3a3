// The explorer's numbers from `plateau serve`: a view is asked for when it is looked at, so a page of
// a large grid reads what it shows and no more.
import type { Numbers } from "./decode";
import { figure } from "./format";
import { Grid, isolate, type Figure, type Model } from "./model";
import { counters, type Column, type Source, type Visible, type WholeCell } from "./source";
import type { Request } from "./view";

/** Parts of a model that only a review of a finished run has. */
const NOT_REVIEWED = {
  figures: {},
  status_counts: [],
  chosen: null,
  robust: null,
  peak: null,
  not_grid: null,
  plan: { whole: true, cubes: 0, projected: 0, picks: [] },
  holdout: { times_opened: 0, openings: [] },
  workers: {},
  cells: { list: [], symbols: [] },
  no_curves: null,
  failures: [],
  n_failed: 0,
  sections: {},
};
const HEAD = 2;

export function address(path: string, query: Record<string, string | number | null>): string {
  const given = Object.entries(query)
    .filter(([, v]) => v !== null)
    .map(([k, v]) => [k, String(v)]);
  return `${path}?${new URLSearchParams(given as [string, string][]).toString()}`;
}

export async function ask(path: string, query: Record<string, string | number | null> = {}): Promise<Response> {
  const response = await fetch(address(path, query), { cache: "no-store", credentials: "same-origin" });
  if (!response.ok) throw new Error((await response.text()).trim().slice(0, 300) || `HTTP ${response.status}`);
  return response;
}

function visibleOf(bytes: ArrayBuffer): Visible {
  const [nx, ny] = new Float64Array(bytes, 0, HEAD),
    n = nx! * ny!,
    at = (i: number) => (HEAD + i * n) * 8;
  return {
    values: new Float64Array(bytes, at(0), n),
    counts: new Float64Array(bytes, at(1), n),
    points: new Float64Array(bytes, at(2), n),
    status: new Uint8Array(bytes, at(3), n),
  };
}

export class LiveSource implements Source {
  readonly grid: Grid;
  private readonly known = new Map<string, Visible>(); // shown while the server is away
  private readonly listeners = new Set<() => void>();
  private constructor(
    private readonly run: string,
    readonly model: Model,
  ) {
    for (const named of [...model.scenarios, ...model.periods]) named.name = isolate(named.name);
    this.grid = new Grid(model);
  }
  static async open(run: string): Promise<LiveSource> {
    const raw = (await (await ask("api/model", { run })).json()) as Model & { limits: Record<string, number> };
    const review = {
      objective: raw.metrics[raw.objective]!.name,
      verdict: { class: "", flat_good: false, reasons: [], limits: raw.limits },
      axes: [],
      scenarios: [],
    };
    return new LiveSource(run, { ...NOT_REVIEWED, ...raw, review: review as unknown as Model["review"] });
  }
  have(): "points" {
    return "points";
  }
  async visible(r: Request): Promise<Visible> {
    const where = address("api/view", {
      run: this.run,
      metric: r.id.metric,
      scenario: r.id.scenario,
      period: r.id.period,
      minus: r.minus,
      x: r.x,
      y: r.y,
      how: r.how,
      held: r.held.join(","),
    });
    try {
      const view = visibleOf(
        await (
          await ask(where.replace(/\?.*/, ""), Object.fromEntries(new URLSearchParams(where.split("?")[1])))
        ).arrayBuffer(),
      );
      counters.sections++;
      if (this.known.size > 64) this.known.clear();
      this.known.set(where, view);
      return view;
    } catch (error) {
      const view = this.known.get(where);
      if (view) return view;
      throw error;
    }
  }
  async cell(point: number, scenario: number): Promise<WholeCell> {
    const raw = (await (await ask("api/cell", { run: this.run, point, scenario })).json()) as {
      levels: number[];
      status: number;
      reason: string;
      metrics: Figure[][];
    };
    return {
      levels: raw.levels,
      status: raw.status,
      reason: raw.reason,
      values: raw.metrics.map((p) => p.map(figure)),
    };
  }
  /** The best point of the objective so far. */
  async best(): Promise<{ point: number; value: number } | null> {
    const { model, grid } = this,
      metric = model.objective,
      less = model.metrics[metric]!.better < 0;
    const view = await this.visible({
      id: { metric, scenario: model.base_scenario, period: 0 },
      minus: null,
      x: 0,
      y: null,
      how: less ? "min" : "max",
      held: grid.n.map(() => 0),
    });
    let best = -1;
    view.values.forEach((v, c) => {
      if (!Number.isNaN(v) && (best < 0 || (less ? v < view.values[best]! : v > view.values[best]!))) best = c;
    });
    return best < 0 ? null : { point: view.points[best]!, value: view.values[best]! };
  }
  column(): Promise<Column | null> {
    return Promise.resolve(null);
  }
  status(): Promise<Uint8Array | null> {
    return Promise.resolve(null);
  }
  projection(): Promise<Numbers | null> {
    return Promise.resolve(null);
  }
  slice(): Promise<Numbers | null> {
    return Promise.resolve(null);
  }
  array(): Promise<Numbers | null> {
    return Promise.resolve(null);
  }
  listen(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }
  changed(): void {
    this.listeners.forEach((f) => f());
  }
}
