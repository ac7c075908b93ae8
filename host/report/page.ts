/** The report as one HTML file that loads nothing: its only script is named by hash, its data is an inert block. */
import { createHash } from "node:crypto";
import type { ReportData } from "./data.js";
import { script } from "./script.js";
import { style } from "./style.js";

export function reportPage(data: ReportData): string {
  const hash = createHash("sha256").update(script).digest("base64");
  // No "<" is left in the block, so nothing in it can end it.
  const json = JSON.stringify(data).replace(/</g, "\\u003c");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer">
<title>Oddline: what fits no pattern</title><style>${style}</style></head>
<body><main>
<h1>What fits no pattern</h1><p class="lead"><b id="odd"></b><span id="rest"></span></p><div id="cuts"></div>
<section class="map"><div class="card"><h2>Map of the patterns</h2><canvas id="map" role="img" aria-label="Map of the lines: patterns by colour, anomalies marked"></canvas>
<p class="note screen">A point is one content, its size how often it came; anomalies are red. Hover for the line, click or tap for its neighbours.</p></div>
<div class="card screen"><h2>Line</h2><div><span id="state" class="note">none picked</span><span id="where" class="note"></span></div><div id="line" class="line"></div><ul id="neighbours" aria-label="Neighbours"></ul></div></section>
<section class="card" id="when"><h2>Anomalies over time <span id="span" class="note"></span></h2><canvas id="time" role="img" aria-label="Anomalies over time"></canvas></section>
<section class="card long"><h2>Anomalies, furthest first <span id="matches" class="note"></span></h2>
<input id="filter" type="search" placeholder="Filter by words of the line" aria-label="Filter">
<table><thead><tr><th class="n">line</th><th class="n">distance</th><th class="n">count</th><th>what and why</th></tr></thead><tbody id="rows"></tbody></table></section>
<section class="card"><h2>How it was made</h2><dl id="parameters"></dl></section>
</main><script type="application/json" id="data">${json}</script><script>${script}</script></body></html>
`;
}
