// node build.mjs SOURCE OUT: SOURCE/src/main.ts and what it imports -> OUT/app.js, live.ts -> live.js, style.css -> app.css.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [source, out] = process.argv.slice(2);
const common = { bundle: true, minify: true, nodePaths: [join(out, "node_modules")], logLevel: "warning" };

async function bundle(entry, file) {
  const script = await build({
    ...common,
    entryPoints: [join(source, "src", entry)],
    outfile: join(out, file),
    format: "iife",
    target: ["chrome90", "firefox113", "safari16.4"],
    charset: "ascii", // a page is inlined: no byte of it may depend on an encoding
    metafile: true,
  });
  // The licences ask that their text goes with the code.
  const packages = new Set(
    Object.keys(script.metafile.inputs).flatMap((f) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(f)?.[1] ?? []),
  );
  const texts = new Map();
  for (const name of [...packages].sort()) {
    const text = readFileSync(join(out, "node_modules", name, "LICENSE"), "utf8").trim();
    texts.set(text, [...(texts.get(text) ?? []), name]);
  }
  const notices = [...texts]
    .map(([text, names]) => `${names.join(", ")}\n\n${text}`)
    .join("\n\n----\n\n")
    .replaceAll("*/", "* /");
  const code = readFileSync(join(out, file), "utf8");
  writeFileSync(join(out, file), notices ? `/*! ${notices} */\n${code}` : code);
}

await bundle("main.ts", "app.js");
await bundle("live.ts", "live.js");
await build({ ...common, entryPoints: [join(source, "src/style.css")], outfile: join(out, "app.css") });
