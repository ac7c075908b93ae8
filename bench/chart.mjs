// @ts-check
/**
 * The costs by kind of log as a picture: for each kind three bars, how many times a no-op filter's CPU time a whole
 * Fluent Bit takes. SVG without script or font of its own; its colours follow the reader's light or dark scheme.
 */
import { kinds } from "./kinds.mjs";
import { ratio } from "./tables.mjs";

const series = [
  { name: "Fluent Bit's parser", title: "Fluent Bit's own parser", style: "parser" },
  { name: "oddline.wasm", title: "Oddline, interpreted", style: "interpreted" },
  { name: "oddline.aot", title: "Oddline, compiled (oddline aot)", style: "compiled" },
];
const [width, left, right, top] = [760, 130, 60, 92];
const [barHeight, barGap, groupGap] = [14, 3, 16];
const plotWidth = width - left - right;

const styles = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 } .small { font-size: 11px; fill: #59636e } .kind { font-weight: 600 }
  .back { fill: #ffffff } .grid { stroke: #d1d9e0 } .noop { stroke: #1f2328; stroke-dasharray: 4 3 }
  .parser { fill: #9aa4af } .interpreted { fill: #d9822b } .compiled { fill: #1f7a5c }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .small { fill: #9198a1 } .back { fill: #0d1117 } .grid { stroke: #3d444d }
    .noop { stroke: #f0f6fc } .parser { fill: #7d8590 } .interpreted { fill: #f0a050 } .compiled { fill: #3fb68b }
  }`;

/** @param {import("./tables.mjs").Row[]} rows */
export function chart(rows) {
  const groups = rows.filter(({ part, host }) => part === "kinds" && host === "Fluent Bit");
  const present = series.filter(({ name }) => groups.some((row) => row.times[name]));
  const most = Math.max(2, ...groups.flatMap((row) => present.map(({ name }) => ratio(row, name))));
  const step = most > 12 ? 5 : most > 5 ? 2 : 1;
  const end = Math.ceil(most / step) * step;
  const x = (/** @type {number} */ value) => left + (value / end) * plotWidth;
  const groupHeight = present.length * (barHeight + barGap) + groupGap;
  const bottom = top + groups.length * groupHeight;
  const ticks = Array.from({ length: end / step + 1 }, (_, i) => i * step);
  const parts = [
    `<rect class="back" width="${width}" height="${bottom + 34}" rx="6"/>`,
    `<text class="title" x="16" y="26">What a line costs inside Fluent Bit</text>`,
    `<text class="small" x="16" y="44">CPU time of the whole pipeline, times that with a no-op WASM filter (dashed)</text>`,
    ...legend(present),
    ...ticks.map((tick) => `<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${top - 6}" y2="${bottom}"/>`),
    ...ticks.map((tick) => text("small", x(tick), bottom + 16, `${tick} ×`, "middle")),
    ...groups.flatMap((row, i) => group(row, present, top + i * groupHeight, x)),
    `<line class="noop" x1="${x(1)}" x2="${x(1)}" y1="${top - 6}" y2="${bottom}"/>`,
  ];
  const size = `width="${width}" height="${bottom + 34}" viewBox="0 0 ${width} ${bottom + 34}"`;
  const label = `role="img" aria-label="CPU time of Fluent Bit with Oddline by kind of log"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${label}>\n<style>${styles}\n</style>\n${parts.join("\n")}\n</svg>\n`;
}

function legend(present) {
  let at = 16;
  return present.map(({ title, style }) => {
    const key = `<rect class="${style}" x="${at}" y="58" width="12" height="12" rx="2"/>`;
    const words = text("", at + 18, 68, title);
    at += 40 + title.length * 6.4;
    return key + words;
  });
}

function group(row, present, y, x) {
  const middle = y + (present.length * (barHeight + barGap)) / 2 + 3;
  const bars = present.flatMap(({ name, style }, i) => {
    if (!row.times[name]) return [];
    const value = ratio(row, name);
    const barTop = y + i * (barHeight + barGap);
    const bar = `<rect class="${style}" x="${x(0)}" y="${barTop}" width="${(x(value) - x(0)).toFixed(1)}" height="${barHeight}" rx="2"/>`;
    return [bar + text("small", x(Math.max(value, 1)) + 5, barTop + barHeight - 3, `${value.toFixed(1)} ×`)];
  });
  return [text("kind", left - 10, middle, kinds[row.kind].title, "end"), ...bars];
}

function text(style, x, y, words, anchor = "start") {
  return `<text class="${style}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
}
