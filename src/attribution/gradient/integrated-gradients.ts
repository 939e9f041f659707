import { choice, integer } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { distinctRows } from '../../tensor/rows.js';
import { rows } from '../../tensor/tensor.js';
import { baselineFor, baselineOption } from '../input/baseline.js';
import { comparedOutputs, completeness } from '../input/targets.js';
import { method } from '../method.js';
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
    baseline: baselineOption('where the path starts'),
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
    const compared = comparedOutputs(rows(found, 0, count), rows(found, count, 2 * count), targets);
    return {
      map,
      ...completeness(map, compared),
      evaluations: { forward: options.steps, backward: options.steps },
    };
  },
});
