// Light and dark: the reader's system decides until the switch is used. Printing is always light.
type Choice = "light" | "dark" | null;
const listeners = new Set<() => void>();
let choice: Choice = null,
  printing = false;

export function isDark(): boolean {
  return !printing && (choice ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
}
function apply(): void {
  document.documentElement.dataset["theme"] = isDark() ? "dark" : "light";
  listeners.forEach((f) => f());
}
export function toggle(): void {
  choice = isDark() ? "light" : "dark";
  apply();
}
/** Calls back whenever colours change, for what style sheets do not reach. */
export function onTheme(changed: () => void): void {
  listeners.add(changed);
}
export function start(): void {
  apply();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  const print = (on: boolean) => () => {
    printing = on;
    apply();
  };
  addEventListener("beforeprint", print(true));
  addEventListener("afterprint", print(false));
}
export function variable(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
