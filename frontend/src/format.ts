// Numbers and dates as people read them. Exact values stay beside them (dom.num).
import { h, num } from "./dom";
import type { Figure, Metric } from "./model";

export function figure(value: Figure | undefined): number {
  if (value === "inf") return Infinity;
  if (value === "-inf") return -Infinity;
  return typeof value === "number" ? value : typeof value === "boolean" ? Number(value) : NaN;
}

export function sig(value: number, digits = 4): string {
  if (Number.isNaN(value)) return "\u2013";
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : "\u2212\u221e";
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e6 || size < 1e-4)
    return value
      .toExponential(digits - 1)
      .replace("-", "\u2212")
      .replace("e+", "e");
  const places = Math.max(0, Math.min(6, digits - 1 - Math.floor(Math.log10(size))));
  return minus(size >= 10 ** (digits - 1) ? Math.round(value).toLocaleString("en-GB") : value.toFixed(places));
}

function minus(text: string): string {
  return text.replace(/^-/, "\u2212");
}

export function percent(value: number, places = 1): string {
  if (Number.isNaN(value)) return "\u2013";
  return `${Math.abs(value) < 1e6 ? minus((100 * value).toFixed(places)) : sig(100 * value)}\u202f%`;
}

export function count(value: number): string {
  return Number.isNaN(value) ? "\u2013" : minus(Math.round(value).toLocaleString("en-GB"));
}

const SHARES = new Set([
  "total_return",
  "cagr",
  "ann_vol",
  "mdd",
  "ulcer",
  "var",
  "cvar",
  "win_rate",
  "exposure",
  "top1_gross_share",
  "top3_gross_share",
  "top5_gross_share",
  "top10_gross_share",
  "top1_net_share",
  "top3_net_share",
  "top5_net_share",
  "top10_net_share",
]);

export function metricText(metric: Metric, value: number): string {
  if (SHARES.has(metric.name)) return percent(value, 2);
  if (["days", "trades", "day"].includes(metric.unit) && Number.isInteger(value)) return count(value);
  if (metric.unit === "currency") return count(value);
  return sig(value);
}

export function metricNum(metric: Metric, value: number): HTMLElement {
  return num(value, metricText(metric, value));
}

/** In words; its name in files and commands beside it for who asks. */
export function metricHead(metric: Metric): HTMLElement {
  return h("span", { title: metric.name, "data-metric": metric.name }, metricName(metric));
}

export function metricName(metric: Metric): string {
  return metric.text.charAt(0).toUpperCase() + metric.text.slice(1);
}

const DAY_MS = 86400000;
export function date(day: number): string {
  if (!(Math.abs(day) < 1e7)) return "\u2013"; // an imported run may not know its dates
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

export function knowsDates(period: { start: number; end: number }): boolean {
  return Math.abs(period.start) < 1e7 && Math.abs(period.end) < 1e7;
}

/** "2016-01-01 to 2016-12-31", or nothing where a run does not know its dates. */
export function dates(period: { start: number; end: number }): string {
  return knowsDates(period) ? `${date(period.start)} to ${date(period.end)}` : "dates not known";
}

export function span(seconds: number): string {
  return seconds >= 120 ? `${(seconds / 60).toFixed(1)} min` : `${seconds.toFixed(2)} s`;
}
