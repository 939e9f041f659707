import { describe, expect, it } from 'vitest';
import { channelsLast } from '../tensor/channels.js';
import { tensor } from '../tensor/tensor.js';
import { scoreArrays } from './arrays.js';

const maps = tensor(Float32Array.of(4, 3, 2, 1, 1, 2, 3, 4, 5, 5, 5, 5), [3, 1, 2, 2]);
const masks = tensor(Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0), [3, 1, 2, 2]);

describe('scoreArrays', () => {
  it('scores each map and says which have no score and why', async () => {
    expect(await scoreArrays('pointing-game', { map: maps, mask: masks })).toEqual({
      metric: 'pointing-game',
      direction: 'higher',
      values: [1, 0, Number.NaN],
      reasons: [{ index: 2, reason: 'the map is flat' }],
      notes: [],
    });
  });

  it('takes maps without a channel axis, one map alone, and sums channels', async () => {
    const { values } = await scoreArrays('pointing-game', { map: maps, mask: masks });
    const flat = { map: { ...maps, shape: [3, 2, 2] }, mask: { ...masks, shape: [3, 2, 2] } };
    expect((await scoreArrays('pointing-game', flat)).values).toEqual(values);
    const one = {
      map: tensor(Float64Array.of(4, 3, 2, 1), [2, 2]),
      mask: tensor(Uint8Array.of(0, 1, 0, 0), [2, 2]),
    };
    expect((await scoreArrays('auroc', one)).values).toEqual([2 / 3]);
    const channels = tensor(Float32Array.of(0, 1, 0, 0, 5, 0, 0, 0), [1, 2, 2, 2]);
    const summed = { map: channels, mask: tensor(Uint8Array.of(1, 0, 0, 0), [2, 2]) };
    expect((await scoreArrays('pointing-game', { ...summed, layout: 'NCHW' })).values).toEqual([1]);
  });

  it('takes one map or mask whose one channel stands last', async () => {
    const [map, mask] = [
      tensor(Float32Array.of(4, 3, 2, 1, 0, 5), [2, 3]),
      tensor(Uint8Array.of(0, 1, 0, 0, 0, 1), [2, 3]),
    ];
    const right = await scoreArrays('auroc', { map, mask });
    const last = <T extends { shape: readonly number[] }>(one: T): T => ({ ...one, shape: [2, 3, 1] });
    for (const given of [map, { ...map, shape: [1, 2, 3] }, { ...map, shape: [1, 2, 3, 1] }])
      expect(await scoreArrays('auroc', { map: given, mask: last(mask), layout: 'NHWC' })).toEqual(right);
    expect(await scoreArrays('auroc', { map: last(map), mask })).toEqual(right);
    const one = { map: last(map), mask: last(mask) };
    expect(await scoreArrays('auroc', { ...one, input: tensor(new Float32Array(6), [1, 1, 2, 3]) })).toEqual(
      right,
    );
    await expect(scoreArrays('auroc', one)).rejects.toThrow(
      'a map of [2,3,1] may be one of [2,3] or 2 of [3,1]: write it as [2,3], or as [2,1,3,1]',
    );
    const input = tensor(new Float32Array(6), [2, 1, 3, 1]);
    expect((await scoreArrays('auroc', { ...one, input })).values).toHaveLength(2);
  });

  it('finds the channels of maps by the height and width of the inputs', async () => {
    const map = tensor(
      Float32Array.from({ length: 90 }, (_, i) => (i * 7) % 11),
      [1, 3, 5, 6],
    );
    const input = tensor(new Float32Array(60), [1, 2, 5, 6]);
    const first = await scoreArrays('sparseness', { map, input });
    expect(await scoreArrays('sparseness', { map: channelsLast(map), input })).toEqual(first);
    const coarse = tensor(new Float32Array(10), [1, 5, 2, 1]);
    await expect(scoreArrays('sparseness', { map: coarse, input })).rejects.toThrow('option layout');
  });

  it('takes the rows of a table as maps, and refuses them where pixels are changed', async () => {
    const map = tensor(Float32Array.of(0, 1, 0, 0, 1, 1), [2, 3]);
    const input = tensor(new Float32Array(6), [2, 3]);
    const { values } = await scoreArrays('sparseness', { map, input });
    expect(values).toEqual([2 / 3, 1 / 3].map((value) => expect.closeTo(value, 6)));
    await expect(
      scoreArrays('deletion', { map, input, targets: [0, 1], predict: async () => [] as never }),
    ).rejects.toThrow('not of tables');
  });

  it('takes maps with their channels last as masks or the layout tell', async () => {
    const first = tensor(
      Float32Array.from({ length: 90 }, (_, i) => (i * 7) % 11),
      [1, 3, 5, 6],
    );
    const last = channelsLast(first);
    const mask = tensor(
      Uint8Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? 1 : 0)),
      [5, 6],
    );
    expect(await scoreArrays('auroc', { map: last, mask })).toEqual(
      await scoreArrays('auroc', { map: first, mask }),
    );
    expect(await scoreArrays('sparseness', { map: last, layout: 'NHWC' })).toEqual(
      await scoreArrays('sparseness', { map: first }),
    );
    await expect(scoreArrays('sparseness', { map: last })).rejects.toThrow(/first or last/);
  });

  it('reads masks of any numbers that are 0 and one other', async () => {
    for (const data of [
      Uint8Array.of(0, 255, 0, 0),
      Float32Array.of(0, 1, 0, 0),
      BigInt64Array.of(0n, 1n, 0n, 0n),
    ]) {
      const one = {
        map: tensor(Float32Array.of(1, 9, 2, 3), [2, 2]),
        mask: tensor<typeof data>(data, [2, 2]),
      };
      expect((await scoreArrays('pointing-game', one)).values).toEqual([1]);
    }
  });

  it.each([1, 3])(
    'takes masks with their one channel last, of maps of %d, first or last',
    async (channels) => {
      const at = (i: number) => ((i * 37) % 101) / 101;
      const map = tensor(
        Float32Array.from({ length: 2 * channels * 30 }, (_, i) => at(i)),
        [2, channels, 5, 6],
      );
      const mask = tensor(
        Uint8Array.from({ length: 60 }, (_, i) => Number(at(i) > 0.7)),
        [2, 1, 5, 6],
      );
      const last = { ...mask, shape: [2, 5, 6, 1] };
      const own = { mask, anatomy: { ...mask, data: mask.data.map(() => 1) } };
      for (const metric of ['auroc', 'average-precision', 'relevance-in-anatomy'] as const) {
        const { values } = await scoreArrays(metric, { map, ...own });
        const ownLast = { mask: last, anatomy: { ...own.anatomy, shape: last.shape } };
        for (const one of [map, channelsLast(map)])
          expect((await scoreArrays(metric, { map: one, ...ownLast })).values).toEqual(values);
      }
    },
  );

  it.each([
    [
      { mask: tensor(Uint8Array.of(0, 1, 2, 0), [2, 2]), map: tensor(new Float32Array(4), [2, 2]) },
      /0 and one positive number; this one holds 0, 1, 2/,
    ],
    [
      { mask: tensor(Float32Array.of(0, -1, 0, 0), [2, 2]), map: tensor(new Float32Array(4), [2, 2]) },
      /this one holds 0, -1/,
    ],
    [
      {
        mask: tensor(Float32Array.of(0, Number.NaN, 0, 0), [2, 2]),
        map: tensor(new Float32Array(4), [2, 2]),
      },
      /this one holds 0, NaN/,
    ],
    [{ map: maps, mask: tensor(new Uint8Array(8), [2, 1, 2, 2]) }, /3 maps and 2 masks/],
    [
      { map: maps, mask: tensor(new Uint8Array(24), [3, 2, 2, 2]) },
      /one channel, first or last; these have the shape \[3,2,2,2\]/,
    ],
    [
      { map: maps, mask: tensor(new Uint8Array(18), [3, 1, 2, 3]) },
      /the map has the shape \[2,2\] and the mask \[2,3\]/,
    ],
    [{ map: tensor(new Float32Array(4), [4]), mask: masks }, /\[H, W\]; these have \[4\]/],
    [{ map: maps }, /metric 'auroc' needs a mask/],
  ])('refuses arrays that do not fit: %#', async (arrays, message) => {
    await expect(scoreArrays('auroc', arrays)).rejects.toThrow(message);
  });
});
