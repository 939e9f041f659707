import { expect, it } from 'vitest';
import { original } from '../geometry/frame.js';
import type { Region } from '../record.js';
import { maskOfEvidence, regionMasks } from './evidencemask.js';

const [width, height] = [40, 30];
const outlined: Region = {
  ...{ kind: 'polygon', label: 'a' },
  points: [
    [4, 4],
    [16, 4],
    [4, 16],
  ],
};
const box = (x: number, y: number, side: number) => ({ label: 'a', x, y, width: side, height: side });

const marked = async (boxes: readonly ReturnType<typeof box>[], regions: readonly Region[]) => {
  const masks = regionMasks(width, height);
  const mask = await maskOfEvidence({ boxes, regions }, original(width, height), masks, height);
  return mask && [...mask.data];
};

it('the mask holds the outlines of objects, and the boxes of those without one', async () => {
  const [own, bare] = [box(4, 4, 12), box(25, 10, 8)];
  const outline = (await marked([], [outlined]))!;
  const boxed = (await marked([bare], []))!;
  expect(await marked([own], [outlined])).toEqual(outline);
  expect(await marked([own, bare], [outlined])).toEqual(outline.map((value, i) => value | boxed[i]!));
  expect(await marked([], [])).toBeUndefined();
});
