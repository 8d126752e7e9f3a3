// The runs of a folder: how far each is, and the way to it.
import { h, table } from "./dom";
import { count, sig } from "./format";
import { address, ask } from "./live_source";
import { isolate } from "./model";
import { etaText, Part, share, shareText, type RunState } from "./page_progress";

const EVERY_MS = 2000;

export class RunsPage {
  readonly element: HTMLElement;
  private readonly status = h("p", { class: "hint", role: "status" });
  private readonly list = new Part("div");
  constructor() {
    this.element = h("section", { id: "runs" }, h("h2", {}, "Runs"), this.status, this.list.element);
  }
  async refresh(): Promise<void> {
    try {
      const runs = ((await (await ask("api/runs")).json()) as RunState[]).sort((a, b) =>
        (b.created ?? "").localeCompare(a.created ?? ""),
      );
      this.status.textContent = "";
      this.show(runs);
    } catch (error) {
      this.status.textContent = `No answer (${error instanceof Error ? error.message : String(error)}); trying again.`;
    }
  }
  private show(runs: RunState[]): void {
    const focused = document.activeElement?.getAttribute("href");
    this.list.show(runs, () => [
      !runs.length
        ? h("p", {}, "There is no run here yet; ", h("code", {}, "plateau run SPEC"), " starts one.")
        : table(
            "newest first",
            [
              { head: "run", cell: (r) => h("a", { href: address("run", { id: r.key }) }, isolate(r.run)) },
              {
                head: "state",
                cell: (r) =>
                  h("span", {}, h("span", { class: "word" }, r.state), r.reason ? `: ${isolate(r.reason)}` : ""),
              },
              {
                head: "computed",
                cell: (r) =>
                  r.cells === undefined
                    ? ""
                    : h(
                        "span",
                        { class: "meter" },
                        h("progress", { max: 1, value: share(r), "aria-label": `${isolate(r.run)} computed` }),
                        shareText(r),
                      ),
              },
              { head: "cells", number: true, cell: (r) => (r.cells === undefined ? "" : count(r.cells)) },
              { head: "failed", number: true, cell: (r) => (r.cells === undefined ? "" : count(r.cells_failed)) },
              {
                head: "cells/s",
                number: true,
                cell: (r) => (typeof r.cells_per_s === "number" ? sig(r.cells_per_s, 3) : ""),
              },
              { head: "time left", number: true, cell: (r) => (typeof r.eta_s === "number" ? etaText(r) : "") },
              {
                head: "made (UTC)",
                cell: (r) => h("span", { class: "word" }, (r.created ?? "").replace("T", " ").replace("Z", "")),
              },
            ],
            runs,
          ),
    ]);
    if (focused) [...this.list.element.querySelectorAll("a")].find((a) => a.getAttribute("href") === focused)?.focus();
  }
  start(): Promise<void> {
    const again = () =>
      setTimeout(() => void (document.hidden ? Promise.resolve() : this.refresh()).then(again), EVERY_MS);
    return this.refresh().then(() => void again());
  }
}
