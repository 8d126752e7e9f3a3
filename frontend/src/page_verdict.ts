// The first screen: which parameters, how wide the plateau, what breaks it, how likely luck.
import { h, num, table } from "./dom";
import { count, figure, percent, sig } from "./format";
import { reviewOf, type Figure, type Pick } from "./model";
import type { Source } from "./source";

const WORDS: Record<string, [string, string]> = {
  robust: ["Robust", "The choice stands on a plateau, holds under stress, and is more than luck would give."],
  fragile: ["Fragile", "There may be something here, but not every condition of a robust choice is met."],
  overfit: ["Overfit", "The result is what luck gives among this many trials, or does not carry over to other days."],
  insufficient: ["Insufficient", "There is too little evidence to judge."],
};

function at(source: Source, group: string, name: string): number {
  return figure(reviewOf(source.model).figures[group]?.[name]);
}

function fact(value: number, text: string, name: string): HTMLElement {
  const out = num(value, text);
  out.dataset["figure"] = name;
  return out;
}

function card(question: string, answer: (Node | string)[], rest: (Node | string | null)[]): HTMLElement {
  return h(
    "section",
    { class: "card" },
    h("h3", {}, question),
    h("p", { class: "answer" }, ...answer),
    ...rest.map((r) => (r ? h("p", {}, r) : null)),
  );
}

function line(...parts: (Node | string)[]): HTMLElement {
  return h("span", {}, ...parts);
}

function which(source: Source): HTMLElement {
  const { model, grid } = source,
    chosen = reviewOf(model).picks.chosen!;
  const name =
    model.chosen === model.robust ? "the robust pick" : model.chosen === model.peak ? "the peak" : "chosen by hand";
  const list = model.sampled
    ? h(
        "dl",
        { class: "parameters" },
        ...Object.entries(chosen.parameters).flatMap(([k, v]) => [h("dt", {}, k), h("dd", {}, v)]),
      )
    : h(
        "dl",
        { class: "parameters" },
        ...grid.levels(chosen.point).flatMap((l, d) => [h("dt", {}, grid.name(d)), h("dd", {}, grid.text(d, l))]),
      );
  return h(
    "section",
    { class: "card" },
    h("h3", {}, "Which parameters would you trade?"),
    h("p", { class: "answer" }, `Point ${chosen.point}, ${name}`),
    list,
    h(
      "p",
      {},
      `${model.metrics[model.objective]!.name} `,
      fact(figure(chosen.train), sig(figure(chosen.train)), "train"),
      ` in ${model.periods[0]?.name ?? "train"}, `,
      fact(figure(chosen.validation), sig(figure(chosen.validation)), "validation"),
      " in validation.",
    ),
  );
}

function width(source: Source): HTMLElement {
  const ratio = at(source, "plateau", "plateau_ratio"),
    worst = at(source, "plateau", "worst_ratio"),
    basin = at(source, "plateau", "basin_frac"),
    n = at(source, "plateau", "neighbours");
  if (source.model.not_grid)
    return card(
      "How wide is the plateau?",
      ["Unknown"],
      [
        source.model.sampled
          ? "The sweep is a sample: its points have no neighbours, so the width of a plateau cannot be measured."
          : source.model.not_grid,
      ],
    );
  return card(
    "How wide is the plateau?",
    [fact(basin, percent(basin), "basin"), " of the grid"],
    [
      line(
        `${count(basin * at(source, "grid", "n_valid"))} points are connected to it at 80\u202f% of its value or more.`,
      ),
      line(
        `One step away (${count(n)} neighbours) the median keeps `,
        fact(ratio, percent(ratio, 0), "plateau_ratio"),
        ", the worst ",
        fact(worst, percent(worst, 0), "worst_ratio"),
        ".",
      ),
      at(source, "plateau", "on_edge") ? "It lies on the edge of the grid: the plateau may go on beyond." : null,
    ],
  );
}

function breaks(source: Source): HTMLElement {
  const { model } = source,
    scenarios = reviewOf(model)
      .scenarios.slice(1)
      .filter((s) => typeof s.retained === "number");
  const worst = scenarios.length ? scenarios.reduce((a, b) => (figure(b.retained) < figure(a.retained) ? b : a)) : null;
  const step = at(source, "plateau", "step_drop"),
    top = at(source, "trades", "top5_gross_share"),
    limit = reviewOf(model).verdict.limits["stress_min"]!;
  const kept = worst ? figure(worst.retained) : NaN;
  return card(
    "What breaks it?",
    worst
      ? [h("span", { class: "name" }, worst.scenario), kept >= limit ? " hurts most" : ""]
      : ["No stress scenario was run"],
    [
      worst
        ? line(
            "It keeps ",
            fact(kept, percent(kept, 0), "stress"),
            ` of its ${model.metrics[model.objective]!.name} there (`,
            num(figure(worst.train), sig(figure(worst.train))),
            `); at least ${percent(limit, 0)} is wanted.`,
          )
        : null,
      Number.isNaN(step) ? null : line("One unlucky step of one parameter costs ", num(step, percent(step, 0)), "."),
      Number.isNaN(top)
        ? null
        : line("The five largest trades make ", num(top, percent(top, 0)), " of all that was won."),
    ],
  );
}

function luck(source: Source): HTMLElement {
  const dsr = at(source, "luck", "dsr"),
    pbo = at(source, "overfitting", "pbo"),
    trials = at(source, "luck", "trials"),
    needed = at(source, "luck", "luck_sharpe"),
    own = at(source, "luck", "sharpe"),
    loss = at(source, "overfitting", "prob_loss");
  return card(
    "How likely is it luck?",
    Number.isNaN(dsr) ? ["Unknown"] : [fact(1 - dsr, percent(1 - dsr), "luck"), " by the deflated Sharpe ratio"],
    [
      Number.isNaN(dsr)
        ? "It needs the daily returns of the points, which this run or this program does not have: the notes below say why."
        : null,
      Number.isNaN(needed)
        ? null
        : line(
            "Among ",
            num(trials, sig(trials, 3)),
            " independent trials luck alone reaches a Sharpe ratio of ",
            num(needed, sig(needed, 3)),
            "; this one has ",
            num(own, sig(own, 3)),
            `. At most ${percent(1 - reviewOf(source.model).verdict.limits["dsr_robust"]!, 0)} is wanted.`,
          ),
      Number.isNaN(pbo)
        ? null
        : line(
            "Chance that picking the best overfits (PBO): ",
            fact(pbo, percent(pbo), "pbo"),
            "; that the pick loses on other days: ",
            num(loss, percent(loss)),
            ".",
          ),
    ],
  );
}

export function verdictPage(source: Source): HTMLElement {
  const { model } = source,
    v = reviewOf(model).verdict,
    [title, words] = WORDS[v.class] ?? [v.class, ""];
  const objective = model.metrics[model.objective]!;
  return h(
    "section",
    { id: "verdict", class: `verdict ${v.class}` },
    h(
      "div",
      { class: "headline" },
      h(
        "p",
        { class: "class" },
        h("span", { class: "light", "aria-hidden": "true" }),
        h("span", { class: "sr" }, "Verdict: "),
        h("strong", { id: "class" }, title),
      ),
      h(
        "p",
        { class: "words" },
        `${words} `,
        v.reasons.length
          ? `${count(v.reasons.length)} condition${v.reasons.length > 1 ? "s" : ""} not met.`
          : "Every condition is met.",
      ),
      h(
        "p",
        { class: "hint" },
        `Judged on ${objective.text} over ${count(model.n_points)} points, ${count(model.scenarios.length)} scenario${model.scenarios.length === 1 ? "" : "s"}.`,
      ),
    ),
    h("div", { class: "cards" }, which(source), width(source), breaks(source), luck(source)),
    v.reasons.length
      ? h(
          "div",
          { class: "reasons" },
          h("h3", {}, "Why not robust"),
          h(
            "ul",
            { class: "checks" },
            ...v.reasons.map((r) => h("li", { class: "fail" }, h("b", {}, `${r.name}: `), r.words)),
          ),
        )
      : null,
    v.flat_good
      ? h(
          "p",
          { class: "hint" },
          "Nearly all of the grid earns in validation and the picks seldom lose, so PBO and rank correlation are not asked for.",
        )
      : null,
    model.holdout.times_opened > 1
      ? h(
          "p",
          { class: "bad" },
          `The locked dates were opened ${model.holdout.times_opened} times: they are no longer an untouched judge.`,
        )
      : null,
    ...reviewOf(model).notes.map((n) => h("p", { class: "hint note" }, n)),
  );
}

interface PickRow {
  name: string;
  key: "chosen" | "robust" | "peak";
  pick: Pick;
}
export function picksPage(source: Source): HTMLElement {
  const { model, grid } = source,
    { chosen, robust, peak } = reviewOf(model).picks,
    rows: PickRow[] = [];
  if (chosen && chosen.point !== robust?.point && chosen.point !== peak?.point)
    rows.push({ name: "chosen", key: "chosen", pick: chosen });
  if (robust) rows.push({ name: "robust pick", key: "robust", pick: robust });
  if (peak) rows.push({ name: "peak", key: "peak", pick: peak });
  const value = (f: Figure) => num(figure(f), sig(figure(f)));
  const differ =
    model.sampled || !robust || !peak
      ? []
      : grid
          .levels(robust.point)
          .map((l, d) => {
            const p = grid.levels(peak.point)[d]!;
            return l === p ? "" : `${grid.name(d)} ${grid.text(d, p)} instead of ${grid.text(d, l)}`;
          })
          .filter(Boolean);
  const explain =
    !robust || !peak
      ? model.sampled
        ? "A sample has no neighbourhoods, so there is no robust pick: the peak is judged."
        : "No point qualifies as a robust pick."
      : robust.point === peak.point
        ? "The best point is also the one with the best worst neighbour: peak and robust pick are the same."
        : `The peak has ${sig(figure(peak.train) - figure(robust.train), 3)} more in train, but a step away from it is a point at ${sig(figure(peak.worst_neighbour), 3)}; nothing within one step of the robust pick is below ${sig(figure(robust.worst_neighbour), 3)}. ` +
          `In validation the peak is ${sig(Math.abs(figure(peak.validation) - figure(robust.validation)), 3)} ${figure(peak.validation) < figure(robust.validation) ? "worse" : "better"}. Validation had no part in either choice. The peak takes ${differ.join(", ")}.`;
  return h(
    "section",
    { id: "picks" },
    h("h2", {}, "Peak against robust pick"),
    h("p", {}, explain),
    table(
      "The picks",
      [
        { head: "pick", cell: (r: PickRow) => r.name },
        { head: "point", number: true, cell: (r: PickRow) => String(r.pick.point) },
        { head: "train", number: true, cell: (r: PickRow) => value(r.pick.train) },
        { head: "median neighbour", number: true, cell: (r: PickRow) => value(r.pick.median_neighbour) },
        { head: "worst neighbour", number: true, cell: (r: PickRow) => value(r.pick.worst_neighbour) },
        { head: "validation", number: true, cell: (r: PickRow) => value(r.pick.validation) },
        ...(model.sampled
          ? []
          : grid.n.map((_, d) => ({
              head: grid.name(d),
              number: true,
              cell: (r: PickRow) => grid.text(d, grid.levels(r.pick.point)[d]!),
            }))),
      ],
      rows,
      (r) => r.key,
    ),
  );
}
