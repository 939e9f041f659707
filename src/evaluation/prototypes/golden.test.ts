import { describe, expect, it } from 'vitest';
import { activationBox } from '../../model/prototypes/activation-box.js';
import type { Tensor } from '../../tensor/tensor.js';
import { goldenArray, goldenInts, goldenValue } from '../../testing/golden/prototypes.js';
import { sharedIsThere } from '../../testing/shared.js';
import {
  boxStability,
  type Hits,
  isConsistent,
  type PartPoint,
  partsHit,
  shareOfParts,
  stability,
} from './parts.js';
import { boxPurity, partPurity, type ShownPatch } from './purity.js';

const owners = [0, 0, 0, 1, 1, 1, 2, 2, 2];
const folder = 'metrics';

/** One of maps `[N, P, H, W]`. */
function mapAt({ data, shape }: Tensor, n: number, p: number): Tensor {
  const [, count, rows, columns] = shape as [number, number, number, number];
  const from = (n * count + p) * rows * columns;
  return { data: data.subarray(from, from + rows * columns), shape: [rows, columns] };
}

/** Part points of each image, undefined where hidden. */
async function pointsOf(file: string, scale = (_: number) => [1, 1]): Promise<PartPoint[][]> {
  const xy = await goldenArray(file);
  const visible = await goldenInts('data/parts_visible');
  return Array.from({ length: 12 }, (_, n) => {
    const [across, down] = scale(n) as [number, number];
    return Array.from({ length: 5 }, (_, part) => {
      const at = 2 * (5 * n + part);
      return visible[5 * n + part] ? { x: xy.data[at]! * across, y: xy.data[at + 1]! * down } : undefined;
    });
  });
}

async function patchesOf(file: string): Promise<ShownPatch[]> {
  const rows = await goldenInts(`${folder}/${file}_patches`);
  return Array.from({ length: rows.length / 6 }, (_, i) => {
    const [prototype, image, top, bottom, left, right] = rows.slice(6 * i, 6 * i + 6) as [
      ...[number, number, number, number, number, number],
    ];
    return { prototype, image, box: [left, top, right - left, bottom - top] };
  });
}

describe.skipIf(!sharedIsThere)('the published scores of prototypes', () => {
  it.each([
    ['purity_topk', 32],
    ['purity_threshold', 32],
    ['purity_topk_patch12', 12],
    ['purity_threshold_patch12', 12],
    ['purity_protopnet', 12],
  ])('are those of %s', async (name, largest) => {
    const sizes = await goldenInts(`${folder}/original_size`);
    const scale = (n: number) => [48 / sizes[2 * n + 1]!, 48 / sizes[2 * n]!];
    const points = await pointsOf(`${folder}/parts_xy_original`, scale);
    const found = partPurity(await patchesOf(name), points, { largest, pairs: [[2, 3]] });
    const want = await goldenValue<{
      mean: number;
      per_prototype: Record<string, number>;
      per_prototype_most_often: Record<string, number>;
    }>(`${folder}/${name}`);
    const numbers = (of: 'purity' | 'most') =>
      Object.fromEntries([...found].map(([prototype, one]) => [String(prototype), one[of]]));
    expect(numbers('purity')).toEqual(want.per_prototype);
    expect(numbers('most')).toEqual(want.per_prototype_most_often);
    const all = [...found.values()].map(({ purity }) => purity);
    expect(all.reduce((a, b) => a + b, 0) / all.length).toBeCloseTo(want.mean, 12);
  });

  it('are those of purity by boxes', async () => {
    const corners = await goldenInts('data/part_boxes');
    const visible = await goldenInts('data/parts_visible');
    const boxes = Array.from({ length: 12 }, (_, n) =>
      Array.from({ length: 5 }, (_, part) => {
        const at = 5 * n + part;
        const [top, left, bottom, right] = corners.slice(4 * at, 4 * at + 4) as [
          number,
          number,
          number,
          number,
        ];
        return visible[at] ? [[left, top, right - left, bottom - top] as const] : [];
      }),
    );
    const found = boxPurity(await patchesOf('purity_topk_patch12'), boxes);
    const want = await goldenValue<Record<string, number>>(`${folder}/purity_box_topk_patch12`);
    expect(Object.fromEntries([...found].map(([p, value]) => [String(p), value]))).toEqual(want);
  });

  it('are those of parts hit, consistency and stability', async () => {
    const box = await goldenInts(`${folder}/bbox`);
    const raw = await goldenInts(`${folder}/parts_xy_int`);
    const visible = await goldenInts('data/parts_visible');
    const labels = await goldenInts('data/y');
    const rescaled = raw.map((value, i) => {
      const [n, axis] = [Math.floor(i / 10), i % 2];
      return Math.trunc((48 * (value - box[4 * n + axis]!)) / box[4 * n + 2 + axis]!);
    });
    expect(rescaled).toEqual(await goldenInts(`${folder}/parts_rescaled`));
    const points = Array.from({ length: 12 }, (_, n) =>
      Array.from({ length: 5 }, (_, part): PartPoint => {
        const at = 5 * n + part;
        return visible[at] ? { x: rescaled[2 * at]!, y: rescaled[2 * at + 1]! } : undefined;
      }),
    );
    const maps = await goldenArray('protopnet/similarity_maps_pushed');
    const noisy = await goldenArray(`${folder}/similarity_maps_noisy`);
    for (const half of [4, 8]) {
      const hitsIn = (from: Tensor) =>
        owners.map(
          (owner, p): Hits =>
            labels.flatMap((label, n) => {
              if (label !== owner) return [];
              const hit = partsHit(mapAt(from, n, p), points[n]!, half, 48, 48);
              return [hit.map((one, part) => (points[n]![part] ? one : undefined))];
            }),
        );
      const [before, after] = [hitsIn(maps), hitsIn(noisy)];
      const flat = (hits: readonly Hits[]) => hits.flat(2).map((one) => Number(one ?? false));
      expect(flat(before)).toEqual(await goldenInts(`${folder}/parts_hit_half${half}`));
      expect(flat(after)).toEqual(await goldenInts(`${folder}/parts_hit_half${half}_noisy`));
      const consistency = await goldenValue<{ per_prototype: number[]; mean_part: number[][] }>(
        `${folder}/consistency_half${half}`,
      );
      for (const [p, hits] of before.entries())
        for (const [part, share] of shareOfParts(hits).entries())
          if (!Number.isNaN(share)) expect(share).toBeCloseTo(consistency.mean_part[p]![part]!, 6);
      expect(before.map((hits) => Number(isConsistent(hits, 0.8, 1)))).toEqual(consistency.per_prototype);
      const stable = await goldenValue<{ per_prototype: number[] }>(`${folder}/stability_half${half}`);
      expect(before.map((hits, p) => stability(hits, after[p]!, true))).toEqual(stable.per_prototype);
    }
  });

  it('are those of stability by boxes', async () => {
    const all = await goldenArray('data/parts_xy');
    const boxesOf = async (maps: Tensor) =>
      Array.from({ length: 108 }, (_, i) => {
        const [x, y, width, height] = activationBox(mapAt(maps, Math.floor(i / 9), i % 9), 48, 48);
        return [x, y, x + width - 1, y + height - 1];
      });
    const before = await boxesOf(await goldenArray('protopnet/similarity_maps_pushed'));
    const after = await boxesOf(await goldenArray(`${folder}/similarity_maps_noisy`));
    expect(before.flat()).toEqual(await goldenInts(`${folder}/quanproto_boxes`));
    expect(after.flat()).toEqual(await goldenInts(`${folder}/quanproto_boxes_noisy`));
    const holds = (boxes: readonly (readonly number[])[], i: number) =>
      [0, 1, 2, 3, 4].map((part) => {
        const [left, top, right, bottom] = boxes[i] as [number, number, number, number];
        const at = 2 * (5 * Math.floor(i / 9) + part);
        const [x, y] = [all.data[at]!, all.data[at + 1]!];
        return x >= left && x <= right && y >= top && y <= bottom;
      });
    const ids = before.flatMap((_, i) => holds(before, i).map((one, part) => (one ? part + 1 : 0)));
    expect(ids).toEqual(await goldenInts(`${folder}/quanproto_part_ids`));
    const want = await goldenArray(`${folder}/quanproto_stability`);
    for (const [i, value] of want.data.entries()) {
      const found = boxStability(holds(before, i), holds(after, i));
      if (Number.isNaN(value)) expect(found).toBeNaN();
      else expect(found).toBeCloseTo(value, 6);
    }
  });
});
