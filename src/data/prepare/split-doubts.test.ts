import { expect, it } from 'vitest';
import type { Split } from '../record.js';
import type { Inspection } from './inspect.js';
import { splitDoubts } from './split-doubts.js';

/** A set by the number of samples of each of two classes in each split, and the patients of each class. */
function inspection(
  counts: Readonly<Record<Split, readonly [number, number]>>,
  classPatients: readonly [number, number],
  patients: number,
  mostOfPatient = 1,
): Inspection {
  const of = ([no, yes]: readonly [number, number]) => ({
    ...{ samples: no + yes, images: no + yes, patients, withMask: yes },
    classes: { no, yes },
  });
  const { train, validation, test } = counts;
  const sum = [train[0] + validation[0] + test[0], train[1] + validation[1] + test[1]] as const;
  return {
    ...{ task: 'presence', classes: ['no', 'yes'], multiLabel: false },
    splits: { train: of(train), validation: of(validation), test: of(test) },
    total: of(sum),
    classPatients: { no: classPatients[0], yes: classPatients[1] },
    mostOfPatient,
  } as unknown as Inspection;
}

const full = { train: [4, 4], validation: [1, 1], test: [1, 1] } as const;

const one = { ...inspection(full, [6, 6], 12), classes: ['cyst'] };
const chooses = (choice: string) =>
  new RegExp(`^'cyst' is its only class, and a classifier needs two: choose ${choice}another task`);

it.each([
  ['one class of dominant', { ...one, task: 'dominant' }, [chooses('--task-option none=class or ')]],
  ['one class of crops', { ...one, task: 'crops' }, [chooses('')]],
  ['one class that is stated', { ...one, task: 'stated-class' }, [chooses('')]],
  ['nothing of several labels', { ...one, multiLabel: true }, []],
  ['nothing of a regression', { ...one, regression: true as const }, []],
  ['nothing where all is there', inspection(full, [6, 6], 12), []],
  [
    'classes that training images do not show',
    inspection({ ...full, train: [4, 0] }, [6, 2], 8),
    [/^no training sample shows 'yes'/],
  ],
  [
    'splits without images',
    inspection({ train: [5, 5], validation: [0, 0], test: [0, 0] }, [2, 2], 2),
    [/^nothing is left to validate or test with: a patient is in one split only, and there are 2$/],
  ],
  [
    'a test set that is not there',
    inspection({ ...full, test: [0, 0] }, [5, 5], 10),
    [/^nothing is left to test with: 10 images of 10 patients/],
  ],
  [
    'a patient who may stand for several',
    inspection(full, [3, 5], 7, 6),
    [/^6 of 12 images are of one patient, as where identifiers were removed/],
  ],
  ['no patient who has a few more images', inspection(full, [3, 5], 7, 4), []],
  ['classes of one patient', inspection(full, [1, 6], 7), [/^all samples of 'no' are of one patient/]],
  [
    'one patient alone',
    inspection({ train: [4, 4], validation: [0, 0], test: [0, 0] }, [1, 1], 1),
    [/^all images are of one patient, .* option patient/],
  ],
])('doubts of a division tell of %s', (_, found, told) => {
  expect(splitDoubts(found)).toEqual(told.map((text) => expect.stringMatching(text)));
});
