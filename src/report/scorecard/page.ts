import type { Judgement, Scorecard } from '../../benchmark/scorecard/card.js';
import { safe } from '../../figures/plotly.js';

/** A picture for the card: an image with the annotation, and with the map over it, as HTML. */
export interface CardPicture {
  readonly html: string;
  readonly caption: string;
}

const style = `
:root { color: #1f2933; background: #f3f5f7; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
main { max-width: 900px; margin: 24px auto; background: #fff; padding: 32px 40px 40px; border-radius: 8px; }
h1 { font-size: 26px; margin: 0; line-height: 1.25; }
p { margin: 6px 0; }
.about { color: #52606d; margin-bottom: 18px; }
.pictures { display: flex; gap: 16px; margin: 16px 0 4px; }
.pictures figure { margin: 0; width: 220px; }
.pictures .picture { position: relative; background-size: 100% 100%; image-rendering: pixelated; }
.pictures img, .pictures svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.pictures rect { fill: none; stroke: #00e5a8; stroke-width: 2px; vector-effect: non-scaling-stroke; }
figcaption, small { color: #52606d; font-size: 13px; }
section { border-top: 1px solid #d9dee4; padding: 14px 0 8px; display: grid; grid-template-columns: 190px 1fr; gap: 4px 24px; }
section > div:first-child { grid-row: 1 / span 2; }
section h2 { font-size: 16px; margin: 0; text-transform: capitalize; }
section .question { grid-column: 2; font-weight: 600; margin: 0; }
section .body { grid-column: 2; }
.answer { display: inline-block; padding: 3px 12px; border-radius: 14px; font-weight: 600; font-size: 14px; margin-top: 4px; }
.yes { background: #d9f2e6; color: #04543c; }
.part, .measured { background: #e3ecf8; color: #123f73; }
.shown { background: #f7eecb; color: #6b5100; }
.no { background: #fbdcd8; color: #8f1d12; }
.examined { background: #e8ebef; color: #52606d; }
.box { background: #f3f5f7; border-radius: 6px; padding: 12px 20px; margin-top: 18px; }
.box.caution { background: #fdf0ee; }
.box h2 { font-size: 16px; margin: 0 0 4px; }
ul { margin: 4px 0; padding-left: 20px; }
@media print { :root { background: #fff; } main { margin: 0; padding: 0; } .answer, .box { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;

const shownAnswer: Readonly<Record<Judgement['answer'], readonly [text: string, look: string]>> = {
  yes: ['yes', 'yes'],
  'in part': ['in part', 'part'],
  'not shown': ['not shown', 'shown'],
  no: ['no', 'no'],
  measured: ['measured', 'measured'],
  'not examined': ['not examined', 'examined'],
};

/** A scorecard as one self-contained page. */
export function scorecardHtml(card: Scorecard, picture?: CardPicture): string {
  const { method, model, images, patients, judgements, cautions, notExamined } = card;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Scorecard of ${safe(method)} - Sightline</title><style>${style}</style></head>
<body><main>
<h1>Can the heatmaps of ${safe(method)} be trusted?</h1>
<p class="about">${safe(model.said)} The maps of ${images} of these images, of ${patients} ${patients === 1 ? 'patient' : 'patients'}, were examined.</p>
${picture ? `${picture.html}<figcaption>${safe(picture.caption)}</figcaption>` : ''}
${cautions.length > 0 ? `<div class="box caution"><h2>Read this first</h2>${list(cautions)}</div>` : ''}
${judgements.map(sectionHtml).join('\n')}
<div class="box"><h2>What was not examined</h2>${list(notExamined)}</div>
<p><small>The four criteria are those of Lago et al. 2026 (doi:10.3390/bioengineering13010111). Ranges in brackets are 95 % intervals over patients: in 95 of 100 such studies
the range holds the true number. “Better” and “worse” are decided by tests at 5 %, corrected for the number of comparisons. Made by Sightline from the run's stored scores;
the card holds for this model and these images alone.</small></p>
</main></body></html>
`;
}

const list = (lines: readonly string[]) =>
  `<ul>${lines.map((line) => `<li>${safe(capital(line))}</li>`).join('')}</ul>`;

function sectionHtml({ criterion, question, answer, sentences }: Judgement): string {
  const [text, look] = shownAnswer[answer];
  const [first, ...others] = sentences;
  const body =
    sentences.length === 0
      ? ''
      : `<div class="body"><p>${safe(first!)}</p>${others.length > 0 ? list(others) : ''}</div>`;
  return `<section><div><h2>${criterion}</h2><span class="answer ${look}">${text}</span></div><p class="question">${question}</p>${body}</section>`;
}

const capital = (line: string) => line.charAt(0).toUpperCase() + line.slice(1);
