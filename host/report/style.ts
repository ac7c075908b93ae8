/** The report's looks: light and dark, desk and phone, screen and paper. */
export const style = `
:root{--ground:#faf9f6;--card:#fff;--ink:#1d2126;--soft:#68707a;--line:#e4e2dc;--odd:#d1432b;--accent:#2f6f8f;color-scheme:light}
@media (prefers-color-scheme:dark){:root{--ground:#14171b;--card:#1c2026;--ink:#e8e6e1;--soft:#98a1ab;--line:#2d333b;--odd:#ff7a5c;--accent:#7cc0de;color-scheme:dark}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:26px;margin:0 0 2px;letter-spacing:-.02em}h2{font-size:16px;margin:0 0 10px}h2 .note{font-weight:400;margin-left:6px}
.lead{color:var(--soft);margin:0 0 20px}.lead b{color:var(--odd);font-weight:600}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 18px;margin-bottom:16px;min-width:0}
.map{display:grid;grid-template-columns:minmax(0,2fr) minmax(0,1fr);gap:16px}
canvas{display:block;width:100%;border-radius:8px}#map{height:440px;cursor:crosshair;touch-action:pan-y}#time{height:110px}
.line{font:12.5px/1.45 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere;white-space:pre-wrap}
.note{color:var(--soft);font-size:13px}.odd{color:var(--odd);font-weight:600}
#neighbours{list-style:none;margin:8px 0 0;padding:0;max-height:330px;overflow:auto}
#neighbours li{padding:8px 0;border-top:1px solid var(--line)}
input{width:100%;font:inherit;color:inherit;background:var(--ground);border:1px solid var(--line);border-radius:8px;padding:8px 12px;margin-bottom:12px}
input:focus-visible{outline:2px solid var(--accent);border-color:transparent}
table{width:100%;border-collapse:collapse}th{text-align:left;font-weight:500;color:var(--soft);font-size:13px}
td,th{padding:9px 10px 9px 0;border-top:1px solid var(--line);vertical-align:top}thead th{border-top:0}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}tbody tr{cursor:pointer}tbody tr:hover{background:var(--ground)}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(190px,1fr));gap:10px 20px;margin:0}dt{color:var(--soft);font-size:13px}dd{margin:0;overflow-wrap:anywhere}
@media screen and (max-width:720px){main{padding:18px 12px 40px}.map{grid-template-columns:minmax(0,1fr);gap:0}#map{height:320px}
thead{display:none}tbody tr{display:grid;grid-template-columns:auto auto 1fr;gap:0 14px;border-top:1px solid var(--line);padding:8px 0}td{border:0;padding:2px 0}td.wide{grid-column:1/-1}td.n{text-align:left;color:var(--soft)}td.n:nth-child(1)::before{content:"line "}td.n:nth-child(2)::before{content:"distance "}}
@media print{:root{--ground:#fff;--card:#fff;--ink:#000;--soft:#555;--line:#ccc;--odd:#b02a14;color-scheme:light}body{font-size:11px}main{max-width:none;padding:0}h1{font-size:20px}h2{font-size:13px}input,.screen{display:none}.card{break-inside:avoid-page;border:0;padding:0}.card.long{break-inside:auto}.map{display:block}tr{break-inside:avoid}
#map,#time{height:auto;object-fit:contain}#map{max-height:110mm}.line{font-size:9px}.note,th,dt{font-size:9.5px}td,th{padding:4px 8px 4px 0}h2{break-after:avoid}}
`;
