// Colours of numbers: the palettes of the pictures (review/palette.h), as the model carries them.
export type Rgb = [number, number, number];
export interface Palettes {
  sequential: Rgb[];
  diverging: Rgb[];
}
export interface Scale {
  diverging: boolean;
  low: number;
  high: number;
}

/** Over finite values; where they lie on both sides of zero the colours diverge from it. */
export function scaleOf(arrays: Iterable<ArrayLike<number>>): Scale {
  let low = NaN,
    high = NaN;
  for (const values of arrays)
    for (let i = 0; i < values.length; i++) {
      const v = values[i]!;
      if (!Number.isFinite(v)) continue;
      if (!(v >= low)) low = v;
      if (!(v <= high)) high = v;
    }
  if (low < 0 && high > 0) {
    const reach = Math.max(-low, high);
    return { diverging: true, low: -reach, high: reach };
  }
  return { diverging: false, low, high };
}

export function share(scale: Scale, value: number): number {
  if (value === Infinity || value === -Infinity) return value > 0 ? 1 : 0;
  return scale.high > scale.low ? Math.min(1, Math.max(0, (value - scale.low) / (scale.high - scale.low))) : 0.5;
}

export function colour(palettes: Palettes, scale: Scale, value: number): Rgb {
  const stops = scale.diverging ? palettes.diverging : palettes.sequential;
  const at = share(scale, value) * (stops.length - 1),
    i = Math.min(Math.floor(at), stops.length - 2),
    part = at - i;
  const a = stops[i]!,
    b = stops[i + 1]!;
  return [0, 1, 2].map((k) => Math.round(a[k]! + part * (b[k]! - a[k]!))) as Rgb;
}

export function css([r, g, b]: Rgb): string {
  return `rgb(${r},${g},${b})`;
}

/** Text on a colour: dark on light, light on dark. */
export function ink([r, g, b]: Rgb): string {
  const linear = (c: number) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) > 0.2 ? "#111" : "#fff";
}
