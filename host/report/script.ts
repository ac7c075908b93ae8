/**
 * The report's behaviour, as the browser runs it. Everything from a log reaches the page through textContent, so a
 * line can never become markup or script.
 */
export const script = `"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const add = (parent, tag, text, name) => { const e = document.createElement(tag); if (text !== undefined) e.textContent = text; if (name) e.className = name; parent.append(e); return e; };
const points = data.points, map = $("map");
let hovered = -1, picked = -1, shown = points.map(() => true), scale = 1, left = 0, top_ = 0, base = null, frame = 0;
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const colour = (c) => c < 0 ? css("--odd") : "hsl(" + ((c * 137.5 + 200) % 360).toFixed(0) + " 38% " + (matchMedia("(prefers-color-scheme:dark)").matches ? 62 : 48) + "%)";
const radius = (p) => Math.min(14, 2.2 + Math.log2(1 + p.count) * .8);
const x = (p) => left + p.at[0] * scale, y = (p) => top_ - p.at[1] * scale;
function fit(canvas) { const r = devicePixelRatio || 1; const w = canvas.clientWidth, h = canvas.clientHeight; canvas.width = w * r; canvas.height = h * r; const g = canvas.getContext("2d"); g.setTransform(r, 0, 0, r, 0, 0); return [g, w, h]; }
function layout() {
  const [g, w, h] = fit(map); let a = Infinity, b = -Infinity, c = Infinity, d = -Infinity;
  for (const p of points) { a = Math.min(a, p.at[0]); b = Math.max(b, p.at[0]); c = Math.min(c, p.at[1]); d = Math.max(d, p.at[1]); }
  scale = Math.min((w - 40) / Math.max(1, b - a), (h - 40) / Math.max(1, d - c)); left = w / 2 - (a + b) / 2 * scale; top_ = h / 2 + (c + d) / 2 * scale;
  const colours = new Map(); g.clearRect(0, 0, w, h);
  // Patterns beneath, anomalies above them.
  for (const noise of [false, true]) for (let i = 0; i < points.length; i++) {
    const p = points[i]; if ((p.cluster < 0) !== noise) continue;
    if (!colours.has(p.cluster)) colours.set(p.cluster, colour(p.cluster));
    g.globalAlpha = shown[i] ? (noise ? .9 : .5) : .06; g.fillStyle = colours.get(p.cluster);
    g.beginPath(); g.arc(x(p), y(p), radius(p), 0, 7); g.fill();
  }
  g.globalAlpha = 1; base = document.createElement("canvas"); base.width = map.width; base.height = map.height; base.getContext("2d").drawImage(map, 0, 0); index(); paint();
}
let grid = new Map();
function index() { grid = new Map(); points.forEach((p, i) => { const k = (x(p) >> 4) + ":" + (y(p) >> 4); const l = grid.get(k); l ? l.push(i) : grid.set(k, [i]); }); }
function paint() {
  const g = map.getContext("2d"), r = devicePixelRatio || 1; g.setTransform(1, 0, 0, 1, 0, 0); g.clearRect(0, 0, map.width, map.height); g.drawImage(base, 0, 0); g.setTransform(r, 0, 0, r, 0, 0);
  for (const i of [hovered, picked]) if (i >= 0) { g.strokeStyle = css("--ink"); g.lineWidth = 2; g.beginPath(); g.arc(x(points[i]), y(points[i]), radius(points[i]) + 3, 0, 7); g.stroke(); }
}
function under(e) {
  const box = map.getBoundingClientRect(), px = e.clientX - box.left, py = e.clientY - box.top; let best = -1, least = 15 * 15;
  for (let gx = (px >> 4) - 1; gx <= (px >> 4) + 1; gx++) for (let gy = (py >> 4) - 1; gy <= (py >> 4) + 1; gy++) for (const i of grid.get(gx + ":" + gy) || []) {
    if (!shown[i]) continue; const d = (x(points[i]) - px) ** 2 + (y(points[i]) - py) ** 2; if (d < least) { least = d; best = i; } }
  return best;
}
function describe(i) { const p = points[i]; $("state").textContent = p.cluster < 0 ? "anomaly" : "pattern " + (p.cluster + 1); $("state").className = p.cluster < 0 ? "odd" : "note"; $("where").textContent = " · line " + p.line + " · " + p.count.toLocaleString() + (p.count === 1 ? " line" : " lines"); $("line").textContent = p.text; }
map.addEventListener("mousemove", (e) => { const i = under(e); if (i === hovered) return; hovered = i; if (i >= 0) describe(i); else if (picked >= 0) describe(picked); cancelAnimationFrame(frame); frame = requestAnimationFrame(paint); });
map.addEventListener("mouseleave", () => { hovered = -1; if (picked >= 0) describe(picked); paint(); });
map.addEventListener("click", (e) => { const i = under(e); if (i >= 0) pick(i); });
function pick(i) {
  picked = i; describe(i); const from = points[i].at;
  const near = points.map((p, k) => [p.at.reduce((s, v, a) => s + (v - from[a]) ** 2, 0), k]).filter(([, k]) => k !== i).sort((a, b) => a[0] - b[0]).slice(0, 8);
  const list = $("neighbours"); list.replaceChildren();
  for (const [, k] of near) { const item = add(list, "li"); add(item, "div", (points[k].cluster < 0 ? "anomaly" : "pattern " + (points[k].cluster + 1)) + " · line " + points[k].line, points[k].cluster < 0 ? "odd" : "note"); add(item, "div", points[k].text, "line"); }
  paint();
}
const said = (a) => a.severity + ": " + (a.keyword ? 'keyword "' + a.keyword + '"; ' : "") + a.reason;
function table() {
  const wanted = $("filter").value.toLowerCase(), body = $("rows"); body.replaceChildren(); let matches = 0;
  for (const a of data.anomalies) {
    if (!(a.text + said(a)).toLowerCase().includes(wanted)) continue; matches++; if (matches > 500) continue;
    const row = add(body, "tr"); add(row, "td", a.line, "n"); add(row, "td", a.distance === null ? "–" : a.distance.toFixed(3), "n"); add(row, "td", "×" + a.count, "n");
    const cell = add(row, "td", undefined, "wide"); add(cell, "div", a.text, "line"); add(cell, "div", said(a), "note");
    if (a.point >= 0) row.addEventListener("click", () => { pick(a.point); map.scrollIntoView({ block: "center" }); });
  }
  $("matches").textContent = matches > 500 ? "the first 500 of " + matches : matches + (matches === 1 ? " content" : " contents");
  shown = points.map((p) => p.text.toLowerCase().includes(wanted)); layout();
}
const day = 86400, steps = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, day, 7 * day, 28 * day, 364 * day];
const name = (s) => s < 60 ? s + " s" : s < 3600 ? s / 60 + " min" : s < day ? s / 3600 + " h" : s === day ? "a day" : s / day + " days";
const iso = (s) => new Date(s * 1000).toISOString();
function chart() {
  const t = data.times; if (t.length === 0) { $("when").hidden = true; return; }
  const [g, w, h] = fit($("time")), first = t[0], last = t[t.length - 1], most_ = Math.max(12, Math.min(120, Math.floor(w / 7)));
  // Bars begin at whole minutes, hours, days; a moment alone stands in the middle.
  const step = steps.find((s) => Math.floor(last / s) - Math.floor(first / s) < most_) || 3640 * day;
  const used = Math.floor(last / step) - Math.floor(first / step) + 1, count = Math.max(12, used), from = (Math.floor(first / step) - ((count - used) >> 1)) * step;
  const bins = new Array(count).fill(0); for (const s of t) bins[Math.floor((s - from) / step)]++;
  const most = Math.max(...bins), wide = w / count, ground = h - 20; g.clearRect(0, 0, w, h);
  g.fillStyle = css("--odd"); bins.forEach((n, i) => { const tall = Math.max(2, n / most * (ground - 6)); if (n) g.fillRect(i * wide + .5, ground - tall, Math.max(1, wide - 1), tall); });
  g.fillStyle = css("--line"); g.fillRect(0, ground, w, 1); g.font = "12px system-ui"; g.textAlign = "center";
  const every = steps.find((s) => s >= step && s / step * wide >= 84) || step; let before = "";
  for (let s = Math.ceil(from / every) * every; s < from + count * step; s += every) {
    const date = iso(s).slice(0, 10), x = (s - from) / step * wide, text = every >= day || date !== before && before ? date : iso(s).slice(11, every < 60 ? 19 : 16);
    before = date; if (x < 36 || x > w - 36) continue;
    g.fillStyle = css("--line"); g.fillRect(x, ground, 1, 5); g.fillStyle = css("--soft"); g.fillText(text, x, h - 3);
  }
  const at = (s) => iso(s).slice(0, 16).replace("T", " "), same = at(first).slice(0, 10) === at(last).slice(0, 10);
  $("span").textContent = at(first) + (last === first ? "" : " to " + (same ? at(last).slice(11) : at(last))) + " UTC, a bar is " + name(step) + ", the highest " + most.toLocaleString() + (most === 1 ? " line" : " lines");
}
for (const [label, value] of data.parameters) { const cell = add($("parameters"), "div"); add(cell, "dt", label); add(cell, "dd", value); }
for (const cut of data.cuts) add($("cuts"), "p", cut, "note");
const of = Object.fromEntries(data.parameters); $("odd").textContent = of["anomalous lines"]; $("rest").textContent = " of " + of.lines + " lines fit none of the " + of.patterns + " patterns.";
$("filter").addEventListener("input", table);
// Within the frame that changed the width: nothing is ever shown out of shape.
let drawn = 0; const redraw = () => { drawn = map.clientWidth; layout(); chart(); };
new ResizeObserver(() => { if (map.clientWidth !== drawn) redraw(); }).observe(map); matchMedia("(prefers-color-scheme:dark)").addEventListener("change", redraw);
drawn = map.clientWidth; table(); chart(); if (data.anomalies.length && data.anomalies[0].point >= 0) pick(data.anomalies[0].point);
document.documentElement.dataset.ready = "yes";
`;
