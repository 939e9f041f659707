import { inputError } from '../base/errors.js';
import type { Task } from '../data/sample.js';

/** Throws where there is nothing to learn: every training sample has the same label. */
export function requireSeveralLabels({ name, classes, train }: Task): void {
  const seen = new Set(train.map(({ labels }) => labels.join()));
  if (train.length < 2 || seen.size > 1) return;
  const what = train[0]!.labels.map((label) => `'${classes[label]}'`).join(' and ') || 'none of the classes';
  throw inputError(
    `all ${train.length} training samples of ${name} show ${what}: there is nothing to learn; choose another finding or task`,
  );
}
