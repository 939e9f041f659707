import { counted } from '../../base/names.js';
import type { MarkerEffect, ShortcutAudit, ShortcutRow } from './audit.js';
import type { ShortcutVerdict } from './verdict.js';

/** Verdicts in words for a reader. */
export const verdictWords: Readonly<Record<ShortcutVerdict, string>> = {
  reveals: 'reveals the shortcut',
  silent: 'stays silent',
  accuses: 'accuses the innocent',
  both: 'reveals it, but accuses the innocent too',
  undefined: 'has no verdict',
};

/** Which images are left out of a method's scores, and why; undefined where none is. */
export const leftOutText = (
  { undefined: left, why }: Pick<ShortcutRow, 'undefined' | 'why'>,
  images: number,
): string | undefined => (left === 0 ? undefined : `${left} of ${counted(images, 'image')} left out: ${why}`);

/** What was done, what the marker does to both models, and what has to be known of it. */
export function effectLines({
  task,
  target,
  share,
  images,
  patients,
  effects,
  cautions,
}: ShortcutAudit): string[] {
  const said = ({ plain, marked, accuracy }: MarkerEffect) =>
    `probability of ${target} ${plain.mean.toFixed(2)} without the marker, ${marked.mean.toFixed(2)} with it; accuracy without it ${(100 * accuracy).toFixed(0)} %`;
  return [
    `${task}: a marker in ${Math.round(100 * share)} % of the training images of ${target}; ${images} test images of ${patients} patients, each with the marker and without`,
    `model with the shortcut: ${said(effects.shortcut)}`,
    `innocent model: ${said(effects.innocent)}`,
    ...cautions.map((line) => `CAUTION: ${line}`),
  ];
}
