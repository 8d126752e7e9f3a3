// What the words of the page mean, for a reader who has none of the manuals.
import { h, table } from "./dom";
import type { Model, Scenario } from "./model";

/** The classes of a verdict: title, and what it says. */
export const VERDICT: Record<string, [string, string]> = {
  robust: ["Robust", "The choice stands on a plateau, holds under stress, and is more than luck would give."],
  fragile: ["Fragile", "There may be something here, but not every condition of a robust choice is met."],
  overfit: ["Overfit", "The result is what luck gives among this many trials, or does not carry over to other days."],
  insufficient: ["Insufficient", "There is too little evidence to judge."],
};

/** Headings of the conditions of a verdict (review/statistics/verdict.h names them for files and rules). */
export const CONDITION: Record<string, string> = {
  too_few_trades: "Too few trades",
  low_coverage: "Neighbours missing",
  pbo: "Overfitting",
  dsr: "Luck",
  validation: "Validation",
  plateau: "Typical neighbour",
  worst: "Worst neighbour",
  basin: "Size of the plateau",
  edge: "Edge of the grid",
  spearman: "Ranking",
  stress: "Stress",
  concentration: "Few trades",
};

/** A minus is no hyphen. */
export function signed(words: string): string {
  return words.replace(/(^|[\s(])-(?=\d)/g, "$1\u2212");
}

/** What a scenario does to the backtest. */
export function scenarioWords(s: Scenario): string {
  const parts = [
    s.slippage === 1 ? "" : `slippage times ${s.slippage}`,
    s.flash_crash ? "one crash day a quarter: all positions are sold at the day's low, at five times the slippage" : "",
    s.regime === "bear"
      ? "only months in which the benchmark fell by more than 5\u202f%"
      : s.regime === "range"
        ? "only months in which the benchmark stayed within 2\u202f%"
        : "",
  ].filter(Boolean);
  return parts.length ? parts.join("; ") : "as in the sweep file";
}

const WORDS: [string, string][] = [
  ["axis, level", "A parameter that the sweep varies, and one of its values."],
  ["point", "One combination of levels, numbered from 0. A cell is a point under one scenario."],
  [
    "train, validation, holdout",
    "Days to choose a point on, days to judge the choice on, and days kept locked until the very end.",
  ],
  [
    "scenario",
    "A change of the market or of costs under which every point is run again; the baseline changes nothing.",
  ],
  ["neighbour", "A point whose levels differ by at most one step on every numeric axis."],
  [
    "plateau, basin",
    "The points that can be reached from a point in single steps without falling below 80\u202f% of its value.",
  ],
  ["peak, robust pick", "The best point in train; and the point whose worst neighbour is best."],
  [
    "Sharpe ratio",
    "Mean daily return over its standard deviation, times the square root of the days in a year. 1 is good, 2 is rare.",
  ],
  ["drawdown", "How far equity is below its highest value so far; the maximum drawdown is the deepest."],
  ["slippage", "How much worse than the quoted price an order is filled."],
  ["R", "Profit of a trade over the loss that was planned if its stop is hit: \u22121 is a stopped trade."],
  [
    "PBO",
    "Probability of backtest overfitting: how often the best point of one half of the days is below the median in the other. 50\u202f% is a coin; 0\u202f% is ideal.",
  ],
  [
    "deflated Sharpe ratio (DSR)",
    "Probability that the Sharpe ratio is more than the best of so many trials reaches by luck. Points that earn on the same days count as less than one trial each.",
  ],
  [
    "SPA p-value",
    "Test of superior predictive ability: how often a grid without any skill has a best point as good as this one.",
  ],
  ["random entries", "How often the same number of trades, held as long but entered on random days, earns as much."],
  [
    "rank correlation",
    "1: validation ranks the points as train does; 0: the ranks have nothing to do with each other.",
  ],
  [
    "Sobol index",
    "Share of the variation over the grid that is due to an axis alone, or to it together with the others.",
  ],
];

export function wordsPage(model: Model): HTMLElement {
  const own: [string, string][] = model.scenarios.map((s) => [s.name, scenarioWords(s)]);
  return h(
    "section",
    { id: "words" },
    h("h2", {}, "What the words mean"),
    h("dl", { class: "glossary" }, ...WORDS.flatMap(([word, text]) => [h("dt", {}, word), h("dd", {}, text)])),
    own.length > 1
      ? table(
          "The scenarios of this run",
          [
            { head: "scenario", cell: ([name]: [string, string]) => name },
            { head: "what it does", cell: ([, text]: [string, string]) => text },
          ],
          own,
        )
      : null,
  );
}
