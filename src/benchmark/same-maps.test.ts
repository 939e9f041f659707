import { describe, expect, it } from 'vitest';
import { tensor } from '../tensor/tensor.js';
import { firstOfSame, sameMaps } from './same-maps.js';

const images: Readonly<Record<string, readonly (readonly number[])[]>> = {
  a: [
    [1, 2, -3],
    [4, 5, 6],
  ],
  rounded: [
    [1.00001, 2, -3],
    [4, 5.0001, 6],
  ],
  later: [
    [1, 2, -3],
    [4, 5, 7],
  ],
  b: [
    [0, 0, 0],
    [Number.NaN, 1, 0],
  ],
  'b again': [
    [0, 0, 0],
    [Number.NaN, 1, 0],
  ],
  scaled: [
    [2, 4, -6],
    [8, 10, 12],
  ],
  infinite: [
    [1, 2, Number.POSITIVE_INFINITY],
    [4, 5, 6],
  ],
};

describe('methods with the same maps', () => {
  it('are those that differ by rounding on no image', async () => {
    const read = async (name: string, image: number) =>
      tensor(Float32Array.from(images[name]![image]!), [1, 3]);
    expect(await sameMaps(Object.keys(images), 2, read)).toEqual([
      ['a', 'rounded'],
      ['b', 'b again'],
    ]);
    expect(await sameMaps(['a'], 2, read)).toEqual([]);
  });

  it('are read no longer than they could be the same', async () => {
    const asked: string[] = [];
    const read = async (name: string, image: number) => {
      asked.push(`${name} ${image}`);
      return tensor(Float32Array.of(image, name.length), [1, 2]);
    };
    await sameMaps(['x', 'yy', 'zzz'], 50, read);
    expect(asked).toEqual(['x 0', 'yy 0', 'zzz 0']);
  });

  it('are named after the first', () => {
    const firsts = firstOfSame(['gradcam', 'rise', 'hirescam'], [['gradcam', 'hirescam']]);
    expect([...firsts].sort()).toEqual([
      ['gradcam', 'gradcam'],
      ['hirescam', 'gradcam'],
      ['rise', 'rise'],
    ]);
  });
});
