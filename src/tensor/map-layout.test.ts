import { describe, expect, it } from 'vitest';
import { channelsLast } from './channels.js';
import { withChannelsFirst } from './map-layout.js';
import { tensor } from './tensor.js';

const first = tensor(
  Float32Array.from({ length: 90 }, (_, i) => i),
  [1, 3, 5, 6],
);
const last = channelsLast(first);

describe('withChannelsFirst', () => {
  it('follows the height and width where they are known', () => {
    expect(withChannelsFirst(last, undefined, [5, 6])).toEqual(first);
    expect(withChannelsFirst(first, undefined, [5, 6])).toBe(first);
  });

  it('follows a stated layout', () => {
    expect(withChannelsFirst(last, 'NHWC')).toEqual(first);
    expect(withChannelsFirst(last, 'NCHW')).toBe(last);
  });

  it('refuses where only the last axis could be the channels of an image', () => {
    for (const map of [last, tensor(new Float32Array(30), [1, 5, 6, 1])])
      expect(() => withChannelsFirst(map)).toThrow(
        `nothing tells whether maps of the shape [${map.shape}] have their channels first or last; option layout states NCHW or NHWC`,
      );
  });

  it('refuses where the known height and width fit both, unless there is one value', () => {
    const even = tensor(new Float32Array(27), [1, 3, 3, 3]);
    expect(() => withChannelsFirst(even, undefined, [3, 3])).toThrow('channels first or last');
    expect(withChannelsFirst(even, 'NCHW', [3, 3])).toBe(even);
    const one = tensor(new Float32Array(2), [2, 1, 1, 1]);
    expect(withChannelsFirst(one, undefined, [1, 1])).toBe(one);
  });

  it('takes channels first where they can be, and maps of other axes as they are', () => {
    for (const shape of [
      [1, 3, 3, 3],
      [2, 1, 5, 3],
      [1, 8, 5, 6],
      [30, 3],
      [5, 6, 3],
    ]) {
      const map = tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape);
      expect(withChannelsFirst(map)).toBe(map);
    }
  });
});
