import { choice } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { imageShape } from '../../model/classifier.js';
import { similarityOf } from '../../model/prototypes/similarity.js';
import { resizeBilinear, resizeCubic } from '../../tensor/resize.js';
import { sizeOf, zeros } from '../../tensor/tensor.js';
import { method } from '../method.js';
import { explained } from '../program/explain.js';
import { countedIn, countedOption, prototypesIn, weightsFor } from './counted.js';

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
    const known = prototypesIn(model, 'prototype-similarity');
    const { distances: value } = known;
    const found = await explained(model, {
      key: `to ${value}`,
      program: () => ({ outputs: () => ({ [value]: value }) }),
      input,
      run,
    });
    const distances = found[value]!;
    const [count, prototypes, ...space] = distances.shape as [number, number, number, number];
    const area = sizeOf(space);
    const map = zeros([count, 1, ...space]);
    for (const [n, target] of targets.entries()) {
      const maps = Array.from({ length: prototypes }, (_, p) =>
        distances.data
          .subarray((n * prototypes + p) * area, (n * prototypes + p + 1) * area)
          .map(similarityOf),
      );
      const weights = weightsFor(model, known, target);
      const highest = maps.map((own) => own.reduce((a, b) => Math.max(a, b)));
      for (const p of countedIn(known, weights, highest, target, options.prototypes))
        for (const [i, similar] of maps[p]!.entries()) map.data[n * area + i]! += weights[p]! * similar;
    }
    const evaluations = { forward: 1, backward: 0 };
    if (options.upsample === 'none') return { map, evaluations };
    const { height, width } = imageShape(model);
    const resize = options.upsample === 'cubic' ? resizeCubic : resizeBilinear;
    return { map: resize(map, height, width), evaluations };
  },
});
