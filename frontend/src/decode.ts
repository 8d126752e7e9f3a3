// Arrays of a report: base64 of a zlib stream of shuffled little-endian elements (review/report_section.h).
import type { Section } from "./model";

export type Numbers = Float64Array | Float32Array | Uint16Array | Uint8Array | Int32Array;

const BYTES = { f64: 8, f32: 4, u16: 2, u8: 1, i32: 4 } as const;

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

async function inflate(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function unshuffle(bytes: Uint8Array, size: number): ArrayBuffer {
  const n = bytes.length / size;
  const out = new Uint8Array(bytes.length);
  for (let b = 0; b < size; b++) for (let i = 0; i < n; i++) out[i * size + b] = bytes[b * n + i]!;
  return out.buffer;
}

export async function decode(text: string, section: Section): Promise<Numbers> {
  const raw = unshuffle(await inflate(bytesOf(text)), BYTES[section.type]);
  if (raw.byteLength !== section.n * BYTES[section.type]) throw new Error("a section of this page is damaged");
  switch (section.type) {
    case "f64":
      return new Float64Array(raw);
    case "f32":
      return new Float32Array(raw);
    case "u16":
      return new Uint16Array(raw);
    case "u8":
      return new Uint8Array(raw);
    case "i32":
      return new Int32Array(raw);
  }
}

const CODE_MAX = 65532,
  CODE_NEG_INF = 65533,
  CODE_POS_INF = 65534;

/** A quantised element back to a number. */
function dequantise(code: number, low: number, high: number): number {
  if (code <= CODE_MAX) return low + (code / CODE_MAX) * (high - low);
  return code === CODE_NEG_INF ? -Infinity : code === CODE_POS_INF ? Infinity : NaN;
}

/** An element of a section, which a large grid has quantised. */
export function element(section: Section, stored: number): number {
  return section.type === "u16" ? dequantise(stored, section.low ?? 0, section.high ?? 0) : stored;
}
