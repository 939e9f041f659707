import { counted } from '../../base/names.js';
import type { Inspection } from './inspect.js';

/**
 * What a reader has to know of how a set is divided: a single class, classes and splits without images,
 * single patients.
 */
export function splitDoubts(found: Inspection): string[] {
  const { splits, total, classPatients, mostOfPatient } = found;
  const { train, validation, test } = splits;
  const lacking = Object.entries(train.classes).flatMap(([name, count]) => (count === 0 ? [name] : []));
  const empty = Object.entries({ validate: validation, test }).flatMap(([what, { samples }]) =>
    samples === 0 ? [what] : [],
  );
  const single = Object.entries(total.classes).flatMap(([name, count]) =>
    count > 1 && classPatients[name] === 1 ? [name] : [],
  );
  return [
    ...singleClass(found),
    ...lacking.map(
      (name) =>
        `no training sample shows '${name}': nothing is learned of it; choose another finding or task`,
    ),
    ...emptyLines(empty, total),
    ...(isStandIn(mostOfPatient, total)
      ? [
          `${mostOfPatient} of ${total.images} images are of one patient, as where identifiers were removed; option patient says whose they are`,
        ]
      : []),
    ...(total.patients > 1 ? single : []).map(
      (name) =>
        `all samples of '${name}' are of one patient: what tells it apart may be the patient; option patient says whose they are`,
    ),
  ];
}

/** What is in a prepared set, with what its reader has to know of it. */
export const withDoubts = (found: Inspection) => ({ ...found, doubts: splitDoubts(found) });

/** That a set has one class, of which a classifier learns nothing. */
function singleClass({ task, classes, multiLabel, regression }: Inspection): string[] {
  if (classes.length > 1 || multiLabel || regression) return [];
  const none = task === 'dominant' ? '--task-option none=class or ' : '';
  return [
    `'${classes[0]}' is its only class, and a classifier needs two: choose ${none}another task, such as presence, which tells images with a finding from those without`,
  ];
}

/** Whether one patient has so many more images than others that its identifier may stand for several. */
const isStandIn = (most: number, { images, patients }: Inspection['total']): boolean =>
  patients > 2 && most >= 0.3 * images && most >= 5 * ((images - most) / (patients - 1));

function emptyLines(empty: readonly string[], { patients, images }: Inspection['total']): string[] {
  if (patients === 1 && images > 1)
    return [
      'all images are of one patient, as where identifiers were removed: nothing is left to validate or test with; option patient says whose they are',
    ];
  if (empty.length === 0) return [];
  const why =
    patients < 3
      ? `a patient is in one split only, and there are ${patients}`
      : `${counted(images, 'image')} of ${counted(patients, 'patient')} are divided by --split-option, unless their splits are stated`;
  return [`nothing is left to ${empty.join(' or ')} with: ${why}`];
}
