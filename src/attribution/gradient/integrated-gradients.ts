import { choice, integer, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { distinctRows } from '../../tensor/rows.js';
import { rows } from '../../tensor/tensor.js';
import { baselineFor, baselineNodes, baselineOption, baselines } from '../input/baseline.js';
import { fromZero, isZero } from '../input/equal.js';
import { comparedOutputs, completeness } from '../input/targets.js';
import { method } from '../method.js';
import { copiesGraph, elementOf, perCopy } from '../program/copies.js';
import { pathGradients } from '../program/path-gradients.js';
import { quadrature, quadratureRules } from './quadrature.js';

export const integratedGradients = method({
  name: 'integrated-gradients',
  family: 'gradient',
  doc: 'The gradient averaged along the straight path from a baseline to the input, times their difference.',
  paper: cite`Sundararajan, Taly, Yan (2017). Axiomatic attribution for deep networks. arXiv:1703.01365`,
  options: {
    steps: integer({ doc: 'points on the path', default: 50, min: 1, max: 10_000 }),
    rule: choice(quadratureRules, {
      doc: 'how the points are placed and weighted',
      default: 'gauss-legendre',
    }),
    baseline: searched(baselineOption('where the path starts'), baselines),
  },
  maps: 'input',
  async attribute(request) {
    const { model, input, targets, options, seed } = request;
    const { points, weights } = quadrature(options.rule, options.steps);
    const ends = distinctRows(input);
    const starts = distinctRows(baselineFor(options.baseline, input, model, { seed }));
    const { map, outputs } = await pathGradients({
      ...request,
      label: 'integrated gradients',
      draws: options.steps,
      straight: true,
      point: (sample, draw) => ({
        ...{ start: starts[sample]!, end: ends[sample]! },
        ...{ part: points[draw]!, weight: weights[draw]! },
      }),
    });
    const found = await outputs([...ends, ...starts]);
    const count = targets.length;
    const [whole, none] = [rows(found, 0, count), rows(found, count, 2 * count)];
    const compared = comparedOutputs(model, { input: whole, baseline: none, targets });
    return {
      map,
      ...completeness(map, compared),
      notes: isZero(options.baseline) ? fromZero(model, 'gradients') : [],
      evaluations: { forward: options.steps, backward: options.steps },
    };
  },
  graph({ model, options }) {
    const { points, weights } = quadrature(options.rule, options.steps);
    const startOf = (builder: Builder, images: string) =>
      builder.unsqueeze(
        baselineNodes(builder, options.baseline, builder.reshape(images, [-1, ...model.input.shape]), model),
        [0],
      );
    // The outputs at both ends tell whether the map is complete.
    const ends = { points: [1, 0, ...points], weights: [0, 0, ...weights] };
    return copiesGraph(model, {
      count: ends.points.length,
      make(builder, images) {
        const start = startOf(builder, images);
        const { add, mul, sub } = builder;
        return add(start, mul(perCopy(builder, ends.points, model), sub(images, start)));
      },
      combine(builder, gradients, outputs, images) {
        const { reduce, mul, sub } = builder;
        const weighted = mul(perCopy(builder, ends.weights, model), gradients);
        const change = mul(weighted, sub(images, startOf(builder, images)));
        const at = (copy: number) => elementOf(builder, outputs, copy);
        return {
          map: reduce('ReduceSum', change, [0], { keepdims: int(0) }),
          total: sub(at(0), at(1)),
          output: at(0),
        };
      },
    });
  },
});
