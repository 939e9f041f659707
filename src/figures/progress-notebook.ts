import { randomUUID } from 'node:crypto';
import type { Progress } from '../base/run.js';
import { clock, countOf, type StepProgress, shareOf, stepText } from '../base/steps.js';
import { display } from './display.js';
import { safe } from './plotly.js';
import { FONT, GRID, PALETTE, SOFT_INK } from './theme.js';

const REDRAWN_MS = 250;

/** Shows HTML in place of its previous output. */
type CellOutput = (html: string) => void;

function newOutput(): CellOutput {
  const id = randomUUID();
  let update = false;
  return (html) => {
    display({ 'text/html': html }, { id, update });
    update = true;
  };
}

/**
 * Progress bars under the running cell, updated in place at most four times a second. A step takes the place
 * of an ended one whose label differs from its own in numbers alone: all epochs are one bar.
 */
export function notebookProgress(
  place: () => CellOutput = newOutput,
  now: () => number = Date.now,
): Progress {
  const free = new Map<string, CellOutput>();
  return {
    start(label, total) {
      const kind = label.replaceAll(/\d+/g, '#');
      const begun = now();
      let [done, note, told] = [0, undefined as string | undefined, Number.NEGATIVE_INFINITY];
      let show: CellOutput | undefined;
      let ended = false;
      const tell = () => {
        told = now();
        const step = { label, done, total, note, seconds: (now() - begun) / 1000 };
        if (show === undefined) {
          show = free.get(kind) ?? place();
          free.delete(kind);
        }
        show(barHtml(step, ended));
        if (ended) free.set(kind, show);
      };
      return {
        advance(units = 1, latest) {
          done += units;
          note = latest ?? note;
          if (!ended && now() - told >= REDRAWN_MS) tell();
        },
        done() {
          if (ended) return;
          ended = true;
          tell();
        },
      };
    },
  };
}

function barHtml(step: StepProgress, ended: boolean): string {
  const width = (100 * shareOf(step)).toFixed(1);
  const text = ended
    ? [`${countOf(step)}  in ${clock(step.seconds)}`, step.note].filter(Boolean).join('  ')
    : stepText(step);
  return (
    `<div style="display:flex;align-items:center;gap:12px;font:13px ${FONT.replaceAll('"', "'")};color:${SOFT_INK}">` +
    `<span style="min-width:10em">${safe(step.label)}</span>` +
    `<span style="flex:0 0 240px;height:8px;border-radius:4px;background:${GRID};overflow:hidden">` +
    `<span style="display:block;height:8px;width:${width}%;background:${PALETTE[ended ? 2 : 0]}"></span></span>` +
    `<span style="font-variant-numeric:tabular-nums;white-space:pre">${safe(text)}</span></div>`
  );
}
