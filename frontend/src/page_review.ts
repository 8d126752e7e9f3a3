// The verdict of a finished run on its live page: what `plateau review` stored, or how to get it.
import { h, num } from "./dom";
import { count, figure, percent } from "./format";
import { ask, type LiveSource } from "./live_source";
import type { Figure } from "./model";
import { CONDITION, signed, VERDICT } from "./words";

interface Stored {
  verdict: string | null;
  objective: string;
  reasons: { name: string; words: string }[];
  chosen: number | null;
  robust: number | null;
  peak: number | null;
  figures: Record<string, Figure>;
}
const AGAIN_MS = 10000; // somebody may review it while the page is looked at

const FIGURES: [name: string, title: string, text: string][] = [
  ["basin_frac", "Width of the plateau", "of the grid is connected to it at 80\u202f% of its value"],
  ["plateau_ratio", "Typical neighbour", "of its value is kept one step away"],
  ["worst_ratio", "Worst neighbour", "of its value is kept there"],
  ["stress_retention", "Worst stress", "of its value is kept under it"],
  ["dsr", "More than luck", "by the deflated Sharpe ratio"],
  ["pbo", "Overfitting", "probability by cross-validation (PBO)"],
];

export class ReviewPage {
  readonly element = h("section", { id: "verdict", hidden: true });
  private known = false;
  private asking = false;
  constructor(
    private readonly source: LiveSource,
    private readonly run: string,
    private readonly inspect: (point: number) => void,
  ) {}
  /** A run that is finished has a verdict, or lacks one. */
  show(state: string): void {
    this.element.hidden = state !== "finished";
    if (this.element.hidden || this.known || this.asking) return;
    this.asking = true;
    this.load()
      .catch(() => undefined) // the page says elsewhere that nobody answers
      .finally(() => setTimeout(() => (this.asking = false), AGAIN_MS));
  }
  private async load(): Promise<void> {
    const stored = (await (await ask("api/review", { run: this.run })).json()) as Stored;
    this.known = stored.verdict !== null;
    if (stored.verdict === null) {
      this.element.replaceChildren(
        h("h2", {}, "Verdict"),
        h(
          "p",
          {},
          "Nobody has reviewed this run yet. ",
          h("code", {}, `plateau review ${this.source.model.run.id}`),
          " judges whether its best parameters are robust, and the verdict appears here.",
        ),
      );
      return;
    }
    this.source.model.robust = stored.robust;
    this.source.changed(); // the map marks it
    this.fill(stored, stored.verdict);
  }
  private fill(stored: Stored, verdict: string): void {
    const { model, grid } = this.source,
      [title, words] = VERDICT[verdict] ?? [verdict, ""],
      point = stored.chosen;
    this.element.className = `verdict ${verdict}`;
    this.element.replaceChildren(
      h(
        "div",
        { class: "headline" },
        h("p", { class: "class" }, h("span", { class: "sr" }, "Verdict: "), h("strong", { id: "class" }, title)),
        h("p", { class: "words" }, words),
      ),
      point === null
        ? h("p", {}, "No point could be judged.")
        : h(
            "p",
            {},
            `Judged: point ${point}${model.sampled ? "" : ` (${grid.describe(point)})`}, by ${stored.objective}. `,
            h("button", { type: "button", id: "show-chosen", click: () => this.inspect(point) }, "Show it"),
          ),
      h(
        "div",
        { class: "figures" },
        ...FIGURES.map(([name, what, text]) => {
          const value = figure(stored.figures[name]),
            out = num(value, percent(value));
          out.dataset["figure"] = name;
          return h(
            "div",
            { class: "figure" },
            h("span", { class: "hint" }, what),
            h("strong", {}, out),
            h("span", { class: "hint" }, text),
          );
        }),
      ),
      ...(stored.reasons.length
        ? [
            h("h3", {}, `${count(stored.reasons.length)} condition${stored.reasons.length > 1 ? "s" : ""} not met`),
            h(
              "ul",
              { class: "checks" },
              ...stored.reasons.map((r) =>
                h(
                  "li",
                  { class: "fail" },
                  h("b", { title: r.name }, `${CONDITION[r.name] ?? r.name}: `),
                  signed(r.words),
                ),
              ),
            ),
          ]
        : []),
      h(
        "p",
        { class: "hint" },
        h("code", {}, `plateau report ${model.run.id}`),
        " writes the evidence behind it as one page.",
      ),
    );
  }
}
