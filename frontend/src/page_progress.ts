// How a run goes: state, progress, rate, ETA, workers, failures by message.
import { h, table, type Child } from "./dom";
import { count, sig } from "./format";
import { isolate } from "./model";

export interface WorkerRow {
  name: string;
  state: string;
  slots: number;
  held: number;
  tiles: number;
  cells: number;
  cells_per_s: number | null;
  heard_s: number;
}
export interface RunState {
  key: string;
  run: string;
  name: string;
  state: string;
  reason: string;
  created: string;
  cells: number;
  cells_done: number;
  cells_failed: number;
  cells_excluded: number;
  tiles: number;
  tiles_done: number;
  disputes: number;
  version: number;
  cells_per_s?: number | null;
  eta_s?: number | null;
  eta_low_s?: number | null;
  eta_high_s?: number | null;
  elapsed_s?: number;
  workers?: WorkerRow[];
  failures?: { status: string; reason: string; cells: number }[];
  error?: string;
}

const WORKERS_SHOWN = 200;
const WORDS: Record<string, string> = {
  running: "Running",
  paused: "Paused: plateau resume lets it go on",
  pausing: "Pausing: workers finish what they have",
  cancelling: "Cancelling",
  stopped: "Nobody computes this run now; plateau resume goes on with it",
  queued: "Queued: the service takes it in its turn",
  finished: "Finished",
  cancelled: "Cancelled",
  failed: "Failed",
  unreadable: "This run cannot be read",
};

export function lasting(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}\u202fs`;
  if (s < 3600) return `${Math.floor(s / 60)}\u202fmin ${s % 60}\u202fs`;
  if (s < 86400) return `${Math.floor(s / 3600)}\u202fh ${Math.floor((s % 3600) / 60)}\u202fmin`;
  return `${Math.floor(s / 86400)}\u202fd ${Math.floor((s % 86400) / 3600)}\u202fh`;
}

export function etaText(s: RunState): string {
  if (typeof s.eta_s !== "number") return "\u2013";
  const low = s.eta_low_s,
    high = s.eta_high_s;
  const between =
    typeof low !== "number"
      ? ""
      : typeof high !== "number"
        ? ` (${lasting(low)} or more)`
        : lasting(low) === lasting(high)
          ? ""
          : ` (${lasting(low)} to ${lasting(high)})`;
  return lasting(s.eta_s) + between;
}

export function share(s: RunState): number {
  return s.cells > 0 ? s.cells_done / s.cells : 0;
}

/** Whole percents are rounded down: 100 % is finished. */
export function shareText(s: RunState): string {
  return `${(Math.floor(1000 * share(s)) / 10).toFixed(1)}\u202f%`;
}

/** Replaces what is there only if it says something else: focus and scrolling stay. */
export class Part {
  readonly element: HTMLElement;
  private last = "";
  constructor(tag: "div" | "section", props: Record<string, string> = {}) {
    this.element = h(tag, props);
  }
  show(key: unknown, make: () => Child[]): void {
    const now = JSON.stringify(key);
    if (now === this.last) return;
    this.last = now;
    this.element.replaceChildren(...(make().filter(Boolean) as Node[]));
  }
}

function figureBox(name: string, id: string, value: string, bad: boolean): HTMLElement {
  return h(
    "div",
    { class: "figure" },
    h("span", { class: "hint" }, name),
    h("strong", { id, class: bad ? "bad" : undefined }, value),
  );
}

export class ProgressPage {
  readonly element: HTMLElement;
  private readonly state = h("p", { class: "headline", role: "status", id: "state" });
  private readonly bar = h("progress", { max: 1, value: 0, "aria-label": "Cells computed" });
  private readonly numbers = new Part("div", { class: "figures" });
  private readonly best = new Part("div");
  readonly workers = new Part("section", { id: "workers" });
  readonly failures = new Part("section", { id: "failures" });
  constructor() {
    this.element = h(
      "section",
      { id: "progress" },
      h("h2", {}, "Progress"),
      this.state,
      this.bar,
      this.numbers.element,
      this.best.element,
    );
  }
  /** A word on the connection replaces the state while there is none. */
  say(text: string): void {
    if (this.state.textContent !== text) this.state.textContent = text;
  }
  show(s: RunState): void {
    this.say([WORDS[s.state] ?? s.state, isolate(s.reason)].filter(Boolean).join(": "));
    this.bar.value = share(s);
    this.bar.textContent = shareText(s);
    const boxes: [string, string, string][] = [
      ["Computed", "done", shareText(s)],
      ["Cells", "cells", `${count(s.cells_done)} of ${count(s.cells)}`],
      ["Failed", "failed", count(s.cells_failed)],
    ];
    if (typeof s.cells_per_s === "number") boxes.push(["Cells a second", "rate", sig(s.cells_per_s, 3)]);
    if (s.state === "running")
      boxes.push(["Time left", "eta", etaText(s)], ["Workers", "n-workers", count(s.workers?.length ?? 0)]);
    if (s.disputes) boxes.push(["Disputed tiles", "disputes", count(s.disputes)]);
    this.numbers.show(boxes, () =>
      boxes.map(([name, id, value]) => figureBox(name, id, value, id === "failed" && s.cells_failed > 0)),
    );
    this.showWorkers(s.workers ?? [], s.state);
    this.showFailures(s.failures ?? []);
  }
  showBest(text: string): void {
    this.best.show(text, () => [text ? h("p", { id: "best" }, text) : null]);
  }
  private showWorkers(all: WorkerRow[], state: string): void {
    const rows = all
      .slice(0, WORKERS_SHOWN)
      .map((w) => ({
        ...w,
        heard_s: Math.round(w.heard_s),
        cells_per_s: w.cells_per_s === null ? null : Number(w.cells_per_s.toPrecision(3)),
      }));
    this.workers.show([rows, all.length, state], () => [
      h("h2", {}, "Workers"),
      rows.length
        ? table(
            all.length > rows.length ? `the first ${rows.length} of ${all.length}` : "who computes",
            [
              { head: "worker", cell: (w) => isolate(w.name) },
              { head: "state", cell: (w) => h("span", { class: "word" }, w.state) },
              { head: "tiles out", number: true, cell: (w) => count(w.held) },
              { head: "tiles", number: true, cell: (w) => count(w.tiles) },
              { head: "cells", number: true, cell: (w) => count(w.cells) },
              {
                head: "cells/s",
                number: true,
                cell: (w) => (w.cells_per_s === null ? "\u2013" : sig(w.cells_per_s, 3)),
              },
              { head: "heard", number: true, cell: (w) => `${w.heard_s}\u202fs ago` },
            ],
            rows,
          )
        : h("p", { class: "hint" }, state === "finished" ? "None: the run is finished." : "None now."),
    ]);
  }
  private showFailures(rows: NonNullable<RunState["failures"]>): void {
    this.failures.show(rows, () => [
      h("h2", {}, "Failures"),
      rows.length
        ? table(
            "cells without a result, by what they say",
            [
              { head: "message", cell: (f) => isolate(f.reason) || "no message" },
              { head: "status", cell: (f) => f.status },
              { head: "cells", number: true, cell: (f) => count(f.cells) },
            ],
            rows,
          )
        : h("p", { class: "hint" }, "No cell failed."),
    ]);
  }
}
