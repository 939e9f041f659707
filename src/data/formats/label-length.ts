import { inputError } from '../../base/errors.js';

/** Names of classes are shorter; texts such as reports are longer. */
const MOST = 200;

/** Throws where a label is too long for the name of a class. */
export function checkLengths(annotations: string, labels: readonly string[]): void {
  const long = labels.find((label) => label.length > MOST);
  if (long !== undefined)
    throw inputError(
      `${annotations}: a label has ${long.length} characters ('${long.slice(0, 40)}...'), and names of up to ${MOST} are read; a report or another text is no label, and a quote that is left open joins cells`,
    );
}
