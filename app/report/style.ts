// The looks of a report: one quiet page for screen and paper, light or dark as the reader's system.
// The colours are those of the dashboard.

export const STYLE = `
:root {
  color-scheme: light dark;
  --bg: light-dark(#f5f6f8, #0d1015); --surface: light-dark(#fff, #151a21);
  --line: light-dark(#e2e6eb, #252d38); --text: light-dark(#1a2029, #e6eaf0);
  --muted: light-dark(#525e6c, #9aa6b6); --good: light-dark(#12734a, #4cc38a);
  --bad: light-dark(#b82b2b, #f07777); --bad-soft: light-dark(#b82b2b0d, #f0777714);
  --s1: light-dark(#0b66d0, #5aa9ff); --s2: light-dark(#c05600, #f2994a);
  --s3: light-dark(#12734a, #4cc38a); --s4: light-dark(#7b3fb5, #c792ea);
}
* { box-sizing: border-box; margin: 0; }
body {
  background: var(--bg); color: var(--text); padding: 40px 24px 64px;
  font: 14px/1.5 ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
  font-variant-numeric: tabular-nums;
}
main > * { min-width: 0; }
main { max-width: 1080px; margin: 0 auto; display: grid; gap: 32px; }
h1 { font-size: 26px; font-weight: 640; letter-spacing: -0.015em; line-height: 1.25; }
h2 { font-size: 15px; font-weight: 620; margin-bottom: 10px; }
.why { color: var(--muted); max-width: 70ch; margin-top: 4px; }
.verdict { display: flex; flex-wrap: wrap; gap: 4px 20px; align-items: baseline; margin-top: 16px; }
.verdict strong { font-size: 16px; }
.verdict span { color: var(--muted); }
.verdict b { font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); }
.panel {
  background: var(--surface); border: 1px solid var(--line); border-radius: 8px;
  overflow-x: auto;
}
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 8px 14px; vertical-align: top; }
th { color: var(--muted); font-size: 12px; font-weight: 500; }
tr + tr > td, thead + tbody > tr:first-child > td { border-top: 1px solid var(--line); }
tr.failed > td { background: var(--bad-soft); }
.num { text-align: right; white-space: nowrap; }
td > .why { min-width: 24ch; }
.mark { width: 1%; white-space: nowrap; font-weight: 600; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr));
  gap: 16px; }
figure { background: var(--surface); border: 1px solid var(--line); border-radius: 8px;
  padding: 14px 14px 8px; min-width: 0; }
figcaption { display: flex; flex-wrap: wrap; gap: 2px 10px; align-items: baseline;
  margin-bottom: 8px; }
figcaption span { color: var(--muted); font-size: 12px; }
svg { display: block; width: 100%; height: auto; }
.grid { stroke: var(--line); } .tick { fill: var(--muted); font-size: 12px; }
.marked { stroke: var(--bad); stroke-dasharray: 3 3; }
.line { fill: none; stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
.line.s1 { stroke: var(--s1); } .line.s2 { stroke: var(--s2); }
.line.s3 { stroke: var(--s3); } .line.s4 { stroke: var(--s4); }
.legend { display: flex; flex-wrap: wrap; gap: 12px; list-style: none; padding: 0;
  margin-left: auto; font-size: 12px; color: var(--muted); }
.legend li::before { content: ''; display: inline-block; width: 12px; height: 3px;
  border-radius: 2px; margin-right: 6px; vertical-align: middle; background: currentColor; }
.legend .s1::before { background: var(--s1); } .legend .s2::before { background: var(--s2); }
.legend .s3::before { background: var(--s3); } .legend .s4::before { background: var(--s4); }
code, .trace { font: 12px/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.trace { max-height: 460px; overflow: auto; }
.trace td { padding: 1px 14px; border: 0 !important; white-space: nowrap; }
.trace td:first-child, .trace td:last-child { color: var(--muted); }
.trace tr.failed > td { color: var(--bad); white-space: normal; }
.trace tr:first-child td { padding-top: 10px; } .trace tr:last-child td { padding-bottom: 10px; }
.facts { list-style: none; padding: 6px 14px; columns: 300px; column-gap: 40px; }
.facts li { display: flex; justify-content: space-between; gap: 16px; padding: 4px 0;
  color: var(--muted); break-inside: avoid; }
.facts b { color: var(--text); font-weight: 500; }
.chart { padding: 14px; } .chart svg { width: auto; max-width: none; }
.chart rect { fill: var(--surface); stroke: var(--muted); }
.chart .backing { stroke: none; opacity: 0.85; }
.chart text { font: 11px ui-sans-serif, system-ui, sans-serif; fill: var(--text);
  text-anchor: middle; }
.chart .state { font-size: 13px; font-weight: 600; }
.chart .missed { fill: var(--bad); font-weight: 600; }
.chart .arrow { fill: none; stroke: var(--s1); stroke-width: 1.75; }
.chart .arrow.missed { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 5 4; }
.chart .head { fill: var(--s1); stroke: none; } .chart .head.missed { fill: var(--bad); }
section > .panel + details { margin-top: 10px; }
details > summary { cursor: pointer; color: var(--muted); margin-bottom: 10px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; padding: 12px 14px; }
dt { color: var(--muted); } dd { overflow-wrap: anywhere; }
@media (max-width: 600px) {
  body { padding: 24px 12px 40px; } th, td { padding: 8px; } .chart { padding: 8px; }
  svg { overflow: visible; } .tick { font-size: 18px; }
}
@media print { body { background: none; padding: 0; } .trace { max-height: none; } }
`;
