import { cite } from '../../base/paper.js';
import { graphFacts } from '../../graph/rules/relevance/graph-facts.js';
import { relevanceRules } from '../../graph/rules/relevance/index.js';
import { inForm } from '../../model/forms/index.js';
import { nearestPlace } from '../../model/prototypes/nearest.js';
import { weightsIn } from '../../model/prototypes/reading.js';
import { similarityOf } from '../../model/prototypes/similarity.js';
import { sumsOf } from '../../tensor/rows.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { method } from '../method.js';
import { explained } from '../program/explain.js';
import { lrpOptions, walkOf } from '../relevance/lrp.js';
import { countedIn, countedOption, protoPNetIn } from './counted.js';

const [start, map] = ['sl.relevance.start', 'sl.relevance'];

export const prp = method({
  name: 'prp',
  family: 'prototype',
  doc: "Prototypical relevance propagation: what each prototype adds to the class's score goes to the place most similar to it, there to the features that fit it, and by LRP to the pixels.",
  paper: cite`Gautam, Höhne, Hansen, Jenssen, Kampffmeyer (2021). This looks more like that: enhancing self-explaining models by prototypical relevance propagation. arXiv:2108.12204`,
  options: { prototypes: countedOption, ...lrpOptions },
  maps: 'input',
  async attribute({ model: given, input, targets, options, run }) {
    const { prototypes: counted, ...rules } = options;
    const walked = walkOf(rules, given);
    const model = inForm(given, walked.form);
    const known = protoPNetIn(model, 'prp');
    const values = [known.features, known.distances] as const;
    const found = await explained(model, {
      key: `to ${values}`,
      program: () => ({ outputs: () => Object.fromEntries(values.map((value) => [value, value])) }),
      input,
      run,
    });
    const relevance = relevanceOf(found[values[0]]!, found[values[1]]!);
    const { [map]: pixels } = await explained(model, {
      key: `prp ${JSON.stringify(walked, plain)}`,
      program: () => ({
        feeds: [{ name: start, type: 'float32', shape: ['N', ...relevance.shape.slice(1)] }],
        outputs: (_, walk) => ({
          [map]: walk({
            method: 'relevance',
            ruleFor: relevanceRules(graphFacts(model.graph), walked.choice),
            from: known.features,
            start,
          })[model.input.name]!,
        }),
      }),
      feeds: { [start]: relevance },
      input,
      run,
    });
    const [whole, kept] = [sumsOf(relevance), sumsOf(pixels!)];
    return {
      map: pixels!,
      residual: targets.map((_, n) => whole[n]! - kept[n]!),
      evaluations: { forward: 2, backward: 1 },
    };

    /** The relevance of the features `[N, D, H, W]`. */
    function relevanceOf(features: Tensor, distances: Tensor): Tensor {
      const [count, depth, , width] = features.shape as [number, number, number, number];
      const area = sizeOf(features.shape.slice(2));
      const maps = { data: distances.data.map(similarityOf), shape: distances.shape };
      const reading = { known, maps };
      const vectors = model.graph.initializers.get(known.vectors)!.data;
      const all = zeros(features.shape);
      for (let n = 0; n < count; n++) {
        const target = targets[n]!;
        const weights = weightsIn(model, known, target);
        const places = known.prototypes.map((_, p) => nearestPlace(distances, n, p));
        const similar = places.map(({ distance }) => similarityOf(distance));
        for (const p of countedIn(model, reading, n, target, counted)) {
          const { row, column } = places[p]!;
          const at = (d: number) => (n * depth + d) * area + row * width + column;
          const gaps = Array.from(
            { length: depth },
            (_, d) => features.data[at(d)]! - Number(vectors[p * depth + d]),
          );
          const shares = sharesOf(gaps);
          for (let d = 0; d < depth; d++) all.data[at(d)]! += weights[p]! * similar[p]! * shares[d]!;
        }
      }
      return all;
    }
  },
});

/** The shares of the features of a place: one over the fourth power of their distance to the prototype. */
function sharesOf(gaps: readonly number[]): number[] {
  const fits = gaps.map((gap) => 1 / (gap ** 4 + 1e-12));
  const total = fits.reduce((a, b) => a + b, 0);
  return fits.map((fit) => fit / total);
}

const plain = (_: string, value: unknown) =>
  ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value;
