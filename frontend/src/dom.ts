// Elements without markup strings: whatever a name holds, it becomes text.
export type Child = Node | string | null | undefined | false;
type Props = Record<string, string | number | boolean | EventListener | undefined>;

function fill<E extends Element>(element: E, props: Props, children: Child[]): E {
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(key, value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), props, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

export function option(value: string | number, text: string): HTMLOptionElement {
  return h("option", { value }, text);
}

/** A labelled select; change is called with the chosen value. */
export function choice(
  id: string,
  label: string,
  options: [string | number, string][],
  value: string | number,
  change: (value: string) => void,
): HTMLElement {
  const select = h("select", { id, change: () => change(select.value) }, ...options.map(([v, t]) => option(v, t)));
  select.value = String(value);
  return h("div", { class: "field" }, h("label", { for: id }, label), select);
}

export interface Col<T> {
  head: string;
  cell(row: T): Child;
  number?: boolean;
  hint?: string;
}
export function table<T>(caption: string, cols: Col<T>[], rows: T[], rowClass?: (row: T) => string): HTMLElement {
  const out = h(
    "table",
    {},
    h("caption", {}, caption),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ...cols.map((c) => h("th", { scope: "col", class: c.number ? "num" : undefined, title: c.hint }, c.head)),
      ),
    ),
    h(
      "tbody",
      {},
      ...rows.map((row) =>
        h(
          "tr",
          { class: rowClass ? rowClass(row) || undefined : undefined },
          ...cols.map((c, i) =>
            h(
              i === 0 ? "th" : "td",
              { scope: i === 0 ? "row" : undefined, class: c.number ? "num" : undefined },
              c.cell(row),
            ),
          ),
        ),
      ),
    ),
  );
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, out);
}

/** A number as text that keeps its exact value for whoever asks. */
export function num(value: number, text: string): HTMLElement {
  return h("data", { value: String(value), title: Number.isFinite(value) ? String(value) : undefined }, text);
}
