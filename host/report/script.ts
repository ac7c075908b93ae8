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
function tell(i) { const p = points[i]; $("state").textContent = p.cluster < 0 ? "anomaly" : "pattern " + (p.cluster + 1); $("state").className = p.cluster < 0 ? "odd" : "note"; $("where").textContent = " · line " + p.line + " · " + p.count.toLocaleString() + (p.count === 1 ? " line" : " lines"); $("line").textContent = p.text; }
map.addEventListener("mousemove", (e) => { const i = under(e); if (i === hovered) return; hovered = i; if (i >= 0) tell(i); else if (picked >= 0) tell(picked); cancelAnimationFrame(frame); frame = requestAnimationFrame(paint); });
map.addEventListener("mouseleave", () => { hovered = -1; if (picked >= 0) tell(picked); paint(); });
map.addEventListener("click", (e) => { const i = under(e); if (i >= 0) pick(i); });
function pick(i) {
  picked = i; tell(i); const from = points[i].at;
  const near = points.map((p, k) => [p.at.reduce((s, v, a) => s + (v - from[a]) ** 2, 0), k]).filter(([, k]) => k !== i).sort((a, b) => a[0] - b[0]).slice(0, 8);
  const list = $("neighbours"); list.replaceChildren();
  for (const [, k] of near) { const item = add(list, "li"); add(item, "div", (points[k].cluster < 0 ? "anomaly" : "pattern " + (points[k].cluster + 1)) + " · line " + points[k].line, points[k].cluster < 0 ? "odd" : "note"); add(item, "div", points[k].text, "line"); }
  paint();
}
function table() {
  const wanted = $("filter").value.toLowerCase(), body = $("rows"); body.replaceChildren(); let matches = 0;
  for (const a of data.anomalies) {
    if (!(a.text + a.reason).toLowerCase().includes(wanted)) continue; matches++; if (matches > 500) continue;
    const row = add(body, "tr"); add(row, "td", a.line, "n"); add(row, "td", a.distance === null ? "–" : a.distance.toFixed(3), "n"); add(row, "td", "×" + a.count, "n");
    const cell = add(row, "td", undefined, "wide"); add(cell, "div", a.text, "line"); add(cell, "div", a.reason, "note");
    if (a.point >= 0) row.addEventListener("click", () => { pick(a.point); map.scrollIntoView({ block: "center" }); });
  }
  $("matches").textContent = matches > 500 ? "the first 500 of " + matches : matches + (matches === 1 ? " content" : " contents");
  shown = points.map((p) => p.text.toLowerCase().includes(wanted)); layout();
}
function chart() {
  const [g, w, h] = fit($("time")), t = data.times; if (t.length === 0) { $("when").hidden = true; return; }
  const from = t[0], to = Math.max(t[t.length - 1], from + 1), bins = new Array(Math.max(10, Math.min(120, Math.floor(w / 8)))).fill(0);
  for (const s of t) bins[Math.min(bins.length - 1, Math.floor((s - from) / (to - from) * bins.length))]++;
  const most = Math.max(...bins), wide = w / bins.length; g.fillStyle = css("--odd");
  bins.forEach((n, i) => { const tall = n / most * (h - 24); if (n) g.fillRect(i * wide + 1, h - 20 - Math.max(2, tall), Math.max(1, wide - 2), Math.max(2, tall)); });
  const when = (s) => new Date(s * 1000).toISOString().slice(0, 16).replace("T", " "); g.fillStyle = css("--soft"); g.font = "12px system-ui"; g.fillText(when(from), 0, h - 4); g.textAlign = "right"; g.fillText(when(to), w, h - 4); g.textAlign = "left"; g.fillText("at most " + most + " at once", 0, 12);
}
for (const [name, value] of data.parameters) { const cell = add($("parameters"), "div"); add(cell, "dt", name); add(cell, "dd", value); }
for (const cut of data.cuts) add($("cuts"), "p", cut, "note");
const of = Object.fromEntries(data.parameters); $("odd").textContent = of["anomalous lines"]; $("rest").textContent = " of " + of.lines + " lines fit none of the " + of.patterns + " patterns.";
$("filter").addEventListener("input", table);
let waiting = 0; const redraw = () => { clearTimeout(waiting); waiting = setTimeout(() => { layout(); chart(); }, 60); };
addEventListener("resize", redraw); matchMedia("(prefers-color-scheme:dark)").addEventListener("change", redraw);
table(); chart(); if (data.anomalies.length && data.anomalies[0].point >= 0) pick(data.anomalies[0].point);
document.documentElement.dataset.ready = "yes";
`;
