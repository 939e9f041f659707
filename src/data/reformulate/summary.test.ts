import { expect, it } from 'vitest';
import { collect } from '../formats/collect.js';
import { summarise } from './summary.js';

it('an archive counts what was annotated, and what of it is of no use', () => {
  const box = { label: 'cell', x: 1, y: 1, width: 4, height: 4 };
  const line = {
    kind: 'polygon',
    label: 'nerve',
    points: [
      [0, 0],
      [5, 5],
      [9, 9],
    ],
  } as const;
  const draft = (id: string, boxes: (typeof box)[], regions: (typeof line)[] = []) => ({
    ...{ id, patient: id, path: `${id}.png`, width: 20, height: 10 },
    ...{ boxes, regions },
  });
  const archive = collect(
    'made',
    ['cell', 'nerve'],
    [
      draft('a', [box, { ...box, width: 0 }, { ...box, x: 18 }]),
      draft('b', [{ ...box, x: 40 }], [line]),
      draft('c', [box]),
    ],
  );
  expect(summarise(archive)).toEqual({
    // The second is left out: all that it shows lies outside or has no area.
    images: 2,
    patients: 2,
    findings: {
      cell: { images: 2, boxes: 5, regions: 0, unusable: 2 },
      nerve: { images: 0, boxes: 0, regions: 1, unusable: 1 },
    },
  });
});
