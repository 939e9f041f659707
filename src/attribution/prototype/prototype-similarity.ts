import { choice } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { imageShape } from '../../model/classifier.js';
import { mapOf, readPrototypes, weightsIn } from '../../model/prototypes/reading.js';
import { resizeBilinear, resizeCubic } from '../../tensor/resize.js';
import { sizeOf, zeros } from '../../tensor/tensor.js';
import { method } from '../method.js';
import { countedIn, countedOption, withoutPrototypes } from './counted.js';

export const prototypeSimilarity = method({
  name: 'prototype-similarity',
  family: 'prototype',
  doc: 'How similar each place of the feature map is to the prototypes, weighted as the class weighs them and enlarged to the image.',
  paper: cite`Chen, Li, Tao, Barnett, Rudin, Su (2019). This looks like that: deep learning for interpretable image recognition. arXiv:1806.10574`,
  options: {
    prototypes: countedOption,
    upsample: choice(['cubic', 'bilinear', 'none'], {
      doc: "to the input's resolution; the published code takes cubic",
      default: 'cubic',
    }),
  },
  maps: 'spatial',
  async attribute({ model, input, targets, options, run }) {
    const reading = await readPrototypes(model, input, run);
    if (!reading) throw withoutPrototypes('prototype-similarity');
    const [count, , ...space] = reading.maps.shape as [number, number, number, number];
    const area = sizeOf(space);
    const map = zeros([count, 1, ...space]);
    for (const [n, target] of targets.entries()) {
      const weights = weightsIn(model, reading.known, target);
      for (const p of countedIn(model, reading, n, target, options.prototypes))
        for (const [i, similar] of mapOf(reading, n, p).data.entries())
          map.data[n * area + i]! += weights[p]! * similar;
    }
    const evaluations = { forward: 1, backward: 0 };
    if (options.upsample === 'none') return { map, evaluations };
    const { height, width } = imageShape(model);
    const resize = options.upsample === 'cubic' ? resizeCubic : resizeBilinear;
    return { map: resize(map, height, width), evaluations };
  },
});
