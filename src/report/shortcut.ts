import { noInterval } from '../benchmark/conclusions.js';
import { readMap } from '../benchmark/explain.js';
import type { ShortcutAudit, ShortcutRow } from '../benchmark/shortcut/audit.js';
import { effectLines, leftOutText, verdictWords } from '../benchmark/shortcut/words.js';
import { overlay, overlayUri } from '../figures/overlay.js';
import { safe } from '../figures/plotly.js';
import { style } from './style.js';

const situations = ['shortcutMarked', 'shortcutPlain', 'innocentMarked', 'innocentPlain'] as const;
const heads = ['shortcut, marked', 'shortcut, plain', 'innocent, marked', 'innocent, plain'];

/** The page of a shortcut audit: what was planted, what each method says, and its maps of one image. */
export async function shortcutHtml(audit: ShortcutAudit): Promise<string> {
  const [first, ...others] = effectLines(audit);
  const rows = await Promise.all(audit.methods.map((row) => rowHtml(audit, row)));
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Shortcut audit - Sightline</title><style>${style}
td.map { padding: 3px; } td.map img { width: 92px; height: 92px; display: block; image-rendering: pixelated; background: #fff; border: 1px solid #e8ebef; }
td.verdict { text-align: left; white-space: normal; max-width: 150px; font-weight: 600; } td small { display: block; color: #52606d; }</style></head>
<body><main>
<h1>Would the explanation have shown the shortcut?</h1>
<p class="verdict">${safe(first!)}.</p>
<ul>${others.map((line) => `<li${line.startsWith('CAUTION') ? ' class="worse"' : ''}>${safe(line)}</li>`).join('')}</ul>
<h2>What each method says</h2>
<p>The AUROC of the marker's pixels: 1 where all relevance for the class stands on the marker, 0.5 by chance; the mean over images with its 95&nbsp;% interval,
patients resampled. The maps are of one image; red speaks for the class. A method reveals the shortcut where it points at the marker in the model that learned it,
and by more than in the model that never saw it; it accuses the innocent where it points at the marker in that other model
(sign-flip tests of patients' paired differences, 5&nbsp;% by Holm's correction over methods).</p>
<div class="wide"><table><thead><tr><th>method</th><th>verdict</th>${heads.map((head) => `<th colspan="2">${head}</th>`).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>
</main></body></html>
`;
}

async function rowHtml({ out, images }: ShortcutAudit, row: ShortcutRow): Promise<string> {
  const cells = await Promise.all(
    situations.map(async (situation, at) => {
      const map = overlay(await readMap(out, row.method, at), { colours: 'diverging' });
      return `<td class="map"><img src="${overlayUri(map, 1, false)}" alt="${safe(row.method)}, ${heads[at]}"></td><td>${scoreHtml(row[situation])}</td>`;
    }),
  );
  const good =
    row.verdict === 'reveals' ? ' better' : ['silent', 'undefined'].includes(row.verdict) ? '' : ' worse';
  const why = leftOutText(row, images);
  const left = why === undefined ? '' : `<small>${safe(why)}</small>`;
  return `<tr${row.family === 'baseline' ? ' class="baseline"' : ''}><td>${safe(row.method)}${left}</td><td class="verdict${good}">${verdictWords[row.verdict]}</td>${cells.join('')}</tr>`;
}

function scoreHtml({ mean, low, high }: ShortcutRow['shortcutMarked']): string {
  if (Number.isNaN(mean)) return '-';
  const range = Number.isNaN(low) ? noInterval : `${low.toFixed(2)} to ${high.toFixed(2)}`;
  return `${mean.toFixed(3)}<small>${range}</small>`;
}
