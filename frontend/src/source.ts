// Where the explorer gets its numbers. A report reads them from its own page; a live page may read
// them from elsewhere and call the listeners when more have come.
import { decode, element, type Numbers } from "./decode";
import { Grid, isolate, type Model, type Section } from "./model";
import type { Request } from "./view";

/** A metric in a scenario and a period (index among the open ones), over all points. */
export interface ColumnId {
  metric: number;
  scenario: number;
  period: number;
}
export interface Column {
  readonly n: number;
  readonly exact: boolean;
  at(point: number): number;
}

/** The numbers of one view, where somebody else works them out; [ny][nx]. point -1: none. */
export interface Visible {
  values: Float64Array;
  counts: Float64Array;
  points: Float64Array;
  status: Uint8Array;
}
/** levels[dimension], values[period][metric] */
export interface WholeCell {
  levels: number[];
  values: number[][];
  status: number;
  reason: string;
}

export interface Source {
  readonly model: Model;
  readonly grid: Grid;
  /** What there is of a column: every point, or projections and slices through the picks, or nothing. */
  have(id: ColumnId): "points" | "parts" | "nothing";
  column(id: ColumnId): Promise<Column | null>;
  status(scenario: number): Promise<Uint8Array | null>;
  /** [median, minimum, maximum][n1][n2] over the dimensions other than d1 < d2. */
  projection(id: ColumnId, d1: number, d2: number): Promise<Numbers | null>;
  /** [n1][n2] through a pick (index into model.plan.picks). */
  slice(pick: number, id: ColumnId, d1: number, d2: number): Promise<Numbers | null>;
  /** Any other array by name. */
  array(name: string): Promise<Numbers | null>;
  /** There if this source hands out views and cells instead of columns. */
  visible?(request: Request): Promise<Visible>;
  cell?(point: number, scenario: number): Promise<WholeCell>;
  /** Called when numbers changed; returns how to stop. */
  listen(changed: () => void): () => void;
}

/** What the page did, for its tests: values read for pictures, pictures drawn. */
export const counters = { reads: 0, draws: 0, sections: 0 };
(globalThis as unknown as { plateauCounters: typeof counters }).plateauCounters = counters;

class ArrayColumn implements Column {
  readonly n: number;
  readonly exact: boolean;
  constructor(
    private readonly values: Numbers,
    private readonly section: Section,
  ) {
    this.n = values.length;
    this.exact = section.type === "f64";
  }
  at(point: number): number {
    counters.reads++;
    return element(this.section, this.values[point]!);
  }
}

export class PageSource implements Source {
  readonly model: Model;
  readonly grid: Grid;
  private readonly cache = new Map<string, Promise<Numbers | null>>();
  constructor(private readonly page: Document) {
    this.model = JSON.parse(page.getElementById("model")!.textContent!) as Model;
    for (const named of [...this.model.scenarios, ...this.model.periods]) named.name = isolate(named.name);
    for (const s of this.model.review?.scenarios ?? []) s.scenario = isolate(s.scenario);
    this.grid = new Grid(this.model);
  }
  private static key(id: ColumnId): string {
    return `${id.metric}/${id.scenario}/${id.period}`;
  }
  have(id: ColumnId): "points" | "parts" | "nothing" {
    const at = PageSource.key(id);
    if (this.model.sections[`cube/${at}`]) return "points";
    const n = this.model.dimensions.length;
    for (let d2 = 1; d2 < n; d2++)
      for (let d1 = 0; d1 < d2; d1++) if (this.model.sections[`proj/${at}/${d1}/${d2}`]) return "parts";
    return "nothing";
  }
  async column(id: ColumnId): Promise<Column | null> {
    const name = `cube/${PageSource.key(id)}`;
    const values = await this.array(name);
    return values && new ArrayColumn(values, this.model.sections[name]!);
  }
  async status(scenario: number): Promise<Uint8Array | null> {
    return (await this.array(`status/${scenario}`)) as Uint8Array | null;
  }
  projection(id: ColumnId, d1: number, d2: number): Promise<Numbers | null> {
    return this.array(`proj/${PageSource.key(id)}/${d1}/${d2}`);
  }
  slice(pick: number, id: ColumnId, d1: number, d2: number): Promise<Numbers | null> {
    return this.array(`slice/${pick}/${PageSource.key(id)}/${d1}/${d2}`);
  }
  array(name: string): Promise<Numbers | null> {
    let known = this.cache.get(name);
    if (!known) {
      const section = this.model.sections[name];
      known = section ? this.decode(section) : Promise.resolve(null);
      this.cache.set(name, known);
    }
    return known;
  }
  private decode(section: Section): Promise<Numbers> {
    counters.sections++;
    return decode(this.page.getElementById(`s${section.id}`)!.textContent!, section);
  }
  listen(): () => void {
    return () => undefined; // a page does not change
  }
}
