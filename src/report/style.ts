/** The report's style sheet; figures bring their own style. */
export const style = `
:root { color: #1f2933; background: #fff; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 80px; }
h1 { font-size: 26px; line-height: 1.2; margin: 8px 0 20px; }
h2 { font-size: 18px; margin: 40px 0 8px; }
p { max-width: 760px; color: #52606d; margin: 4px 0 12px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 0; }
dt { color: #52606d; }
dd { margin: 0; font-weight: 500; }
.wide { overflow-x: auto; margin: 8px 0; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 10px; border-bottom: 1px solid #e8ebef; text-align: right; white-space: nowrap; }
th { border-bottom: 1.5px solid #c3cad2; font-weight: 600; vertical-align: bottom; }
th small { display: block; font-weight: 400; color: #52606d; }
th { max-width: 92px; white-space: normal; }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left; }
table.strata :is(th, td):nth-child(2) { text-align: right; }
table.strata th[colspan] { text-align: center; max-width: none; }
td.family { color: #52606d; }
tr.baseline td:first-child { font-style: italic; }
tr:hover td { background: #f5f7f9; }
td.undefined { color: #8a94a0; }
td.partly::before { content: '!'; color: #b42318; }
tfoot td { color: #52606d; font-style: italic; }
th.nothing, td.nothing, tr.nothing td { color: #a3adb8; }
td.why, th.why { text-align: left; white-space: normal; max-width: 720px; }
.better { color: #046c4e; }
.worse { color: #b42318; }
p.verdict { max-width: 900px; color: #1f2933; font-size: 17px; margin: 6px 0; }
p.caution { max-width: 900px; color: #b42318; font-size: 17px; font-weight: 600; margin: 6px 0; }
p.verdict + dl { margin-top: 20px; }
h3 { font-size: 14px; margin: 24px 0 8px; }
h3 small { font-weight: 400; color: #52606d; margin-left: 8px; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(126px, 1fr)); gap: 10px; }
figure { margin: 0; }
figcaption { font-size: 12px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
figure.baseline figcaption { font-style: italic; color: #52606d; }
.picture { position: relative; width: 100%; background-size: 100% 100%; image-rendering: pixelated; }
.picture img, .picture svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.picture rect { fill: none; stroke: #00e5a8; stroke-width: 1.5px; vector-effect: non-scaling-stroke; }
button { font: inherit; margin: 16px 0 0; padding: 4px 12px; border: 1px solid #c3cad2; border-radius: 4px; background: #f5f7f9; color: inherit; cursor: pointer; }
[popover] { width: min(860px, 90vw); max-height: 85vh; overflow: auto; padding: 8px 28px 24px; border: 1px solid #c3cad2; border-radius: 6px; color: inherit; }
[popover] h2 { margin-top: 16px; }
p.reference { max-width: none; color: #1f2933; margin: 0 0 8px; padding-left: 24px; text-indent: -24px; }
.bibtex { font-size: 12px; overflow-x: auto; padding: 12px; background: #f5f7f9; user-select: all; }
h2, h3, h2 + p { break-after: avoid; }
tr, figure, .js-plotly-plot { break-inside: avoid; }
@page { size: landscape; margin: 12mm; }
@media print {
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { padding: 0; }
  button { display: none; }
  .wide { overflow: visible; }
}
`;
