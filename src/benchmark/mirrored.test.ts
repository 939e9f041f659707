import { expect, it } from 'vitest';
import { mirrorCautions } from './mirrored.js';

it('mirrored chest radiographs are told, and no other images', () => {
  expect(mirrorCautions('vindr-cxr', 'flip,shift')).toEqual([expect.stringContaining('situs inversus')]);
  for (const [dataset, augment] of [
    ['vindr-cxr', 'shift'],
    ['vindr-cxr', 'flip=0'],
    ['vindr-cxr', undefined],
    ['idrid', 'flip'],
    ['phantom', 'flip'],
    ['folder', 'flip'],
  ])
    expect(mirrorCautions(dataset, augment)).toEqual([]);
});
