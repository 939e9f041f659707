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

it('an archive counts the outlines of one annotation as one region', () => {
  const at = (x: number, side = 2) => ({
    ...({ kind: 'polygon', label: 'cyst' } as const),
    points: [
      [x, 0],
      [x + side, 0],
      [x + side, side],
    ] as const,
  });
  const part = { part: true } as const;
  const whole = { boxes: [], patient: 'p', path: 'a.png', width: 20, height: 10 };
  const drafts = [
    { ...whole, id: 'a', regions: [at(0), { ...at(5, 1), ...part }, at(10), { ...at(15, 0), ...part }] },
    { ...whole, id: 'b', regions: [at(0), { ...at(90), ...part }] },
  ];
  expect(summarise(collect('made', ['cyst'], drafts)).findings).toEqual({
    cyst: { images: 2, boxes: 0, regions: 3, unusable: 0 },
  });
});
