// The first screen: which parameters, how wide the plateau, what breaks it, how likely luck.
import { h, num, table } from "./dom";
import { count, dates, figure, knowsDates, metricName, percent, sig } from "./format";
import { openPeriods, reviewOf, type Figure, type Pick } from "./model";
import type { Source } from "./source";
import { CONDITION, scenarioWords, signed, VERDICT } from "./words";

/** Whether to trade the candidate at all. */
const ADVICE: Record<string, (candidate: string) => (Node | string)[]> = {
  robust: (c) => [c],
  fragile: (c) => ["None yet", besides(c)],
  overfit: (c) => ["None", besides(c)],
  insufficient: (c) => ["Not known yet", besides(c)],
};

function besides(candidate: string): HTMLElement {
  return h("span", { class: "besides" }, `The candidate is ${candidate.charAt(0).toLowerCase()}${candidate.slice(1)}:`);
}

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

function withUnit(text: string, units: string[]): string {
  const unit = units.filter((u) => u && u !== "1").join(" / ");
  return unit ? `${text} ${unit}` : text;
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
        ...grid.levels(chosen.point).flatMap((l, d) => {
          const axes = model.dimensions[d]!.axes;
          return [
            h("dt", { title: axes.map((a) => a.path).join(" + ") }, grid.name(d)),
            h(
              "dd",
              {},
              withUnit(
                grid.text(d, l),
                axes.map((a) => a.unit),
              ),
            ),
          ];
        }),
      );
  return h(
    "section",
    { class: "card" },
    h("h3", {}, "Which parameters would you trade?"),
    h("p", { class: "answer" }, ...ADVICE[reviewOf(model).verdict.class]!(`Point ${chosen.point}, ${name}`)),
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
    Number.isNaN(basin) ? ["Unknown"] : [fact(basin, percent(basin), "basin"), " of the grid"],
    [
      Number.isNaN(basin)
        ? "The point earns nothing: a share of its value says nothing."
        : line(
            `${count(basin * at(source, "grid", "n_valid"))} of ${count(at(source, "grid", "n_valid"))} points can be reached from it in single steps at 80\u202f% of its value or more.`,
          ),
      n === 0
        ? "It has no neighbours: no axis of numbers has a second level."
        : Number.isNaN(ratio)
          ? null
          : line(
              `Of its ${count(n)} neighbours, one step away, the median keeps `,
              fact(ratio, percent(ratio, 0), "plateau_ratio"),
              " of its value, the worst ",
              fact(worst, percent(worst, 0), "worst_ratio"),
              ".",
            ),
      at(source, "plateau", "on_edge") ? "It lies on the edge of the grid: the plateau may go on beyond." : null,
    ],
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
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
  const kept = worst ? figure(worst.retained) : NaN,
    base = figure(reviewOf(model).scenarios[0]?.train),
    known = model.scenarios.find((s) => s.name === worst?.scenario);
  return card(
    "What breaks it?",
    worst
      ? [h("span", { class: "name" }, worst.scenario), kept >= limit ? " hurts most" : ""]
      : ["No stress scenario was run"],
    [
      worst
        ? line(
            `${model.metrics[model.objective]!.name} `,
            num(base, sig(base, 3)),
            " becomes ",
            num(figure(worst.train), sig(figure(worst.train), 3)),
            ", ",
            fact(kept, percent(kept, 0), "stress"),
            ` of it; at least ${percent(limit, 0)} is wanted.`,
          )
        : null,
      known ? `${capital(scenarioWords(known))}.` : null,
      Number.isNaN(step)
        ? null
        : line("The worst single step of one parameter costs ", num(step, percent(step, 0)), "."),
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
    strict = at(source, "luck", "dsr_raw"),
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
            "The points count as ",
            num(trials, sig(trials, 3)),
            " independent trials, the best of which reaches a Sharpe ratio of ",
            num(needed, sig(needed, 3)),
            " by luck; this one has ",
            num(own, sig(own, 3)),
            `. At most ${percent(1 - reviewOf(source.model).verdict.limits["dsr_robust"]!, 0)} luck is wanted`,
            ...(Number.isNaN(strict)
              ? ["."]
              : ["; were all points independent, it would be ", num(1 - strict, percent(1 - strict)), "."]),
          ),
      Number.isNaN(pbo)
        ? null
        : line(
            "Chance that the best of one half of the days is below the median in the other (PBO): ",
            fact(pbo, percent(pbo), "pbo"),
            "; that it loses there: ",
            num(loss, percent(loss)),
            ".",
          ),
    ],
  );
}

/** What was tried, on which days, and by what it is judged. */
function subject({ model, grid }: Source): (Node | string)[] {
  const scenarios = model.scenarios.length,
    days = openPeriods(model).map((p) => (knowsDates(p) ? `${p.name} (${dates(p)})` : p.name)),
    axes = grid.n.filter((n) => n > 1).length,
    points =
      model.n_points === 1
        ? "One point"
        : `Every one of ${count(model.n_points)} points (combinations of ${count(axes)} parameter${axes === 1 ? "" : "s"})`;
  return [
    `${points} was backtested over ` +
      `${days.join(" and ")} in ${count(scenarios)} scenario${scenarios === 1 ? "" : "s"}, and is judged by its ${model.metrics[model.objective]!.text}. `,
    h("a", { href: "#words" }, "What the words mean"),
  ];
}

export function verdictPage(source: Source): HTMLElement {
  const { model } = source,
    v = reviewOf(model).verdict,
    [title, words] = VERDICT[v.class] ?? [v.class, ""];
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
      h("p", { class: "hint" }, ...subject(source)),
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
            ...v.reasons.map((r) =>
              h(
                "li",
                { class: "fail" },
                h("b", { title: r.name }, `${CONDITION[r.name] ?? r.name}: `),
                signed(r.words),
              ),
            ),
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
  const value = (f: Figure) => num(figure(f), sig(figure(f))),
    objective = model.metrics[model.objective]!,
    worse =
      robust !== null &&
      peak !== null &&
      (figure(peak.validation) - figure(robust.validation)) * (objective.better < 0 ? -1 : 1) < 0;
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
        : `The ${objective.name} of the peak in train is ${sig(Math.abs(figure(peak.train) - figure(robust.train)), 3)} better, but one step away from it is a point at ${sig(figure(peak.worst_neighbour), 3)}; no neighbour of the robust pick is worse than ${sig(figure(robust.worst_neighbour), 3)}. ` +
          `In validation the peak is ${sig(Math.abs(figure(peak.validation) - figure(robust.validation)), 3)} ${worse ? "worse" : "better"}. Validation had no part in either choice. The peak takes ${differ.join(", ")}.`;
  return h(
    "section",
    { id: "picks" },
    h("h2", {}, "Peak against robust pick"),
    h("p", {}, explain),
    table(
      `${metricName(objective)} of the picks and of their neighbours, and the parameters`,
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
