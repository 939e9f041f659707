import { choice, integer } from '../../base/options.js';
import { predict } from '../../model/predict.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import { gradient, inputPass } from '../backward.js';
import { baselineFor, baselineOption } from '../baseline-value.js';
import { overDraws } from '../draws.js';
import { method } from '../method.js';
import { completeness } from '../residual.js';
import { quadrature, quadratureRules } from './quadrature.js';

export const integratedGradients = method({
  name: 'integrated-gradients',
  family: 'gradient',
  doc: 'The gradient averaged along the straight path from a baseline to the input, times their difference.',
  paper: {
    authors: 'Sundararajan, Taly, Yan',
    year: 2017,
    title: 'Axiomatic attribution for deep networks',
    id: 'arXiv:1703.01365',
  },
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
    const { model, input, targets, options, run } = request;
    const { points, weights } = quadrature(options.rule, options.steps);
    const baseline = baselineFor(options.baseline, input, model, { seed: request.seed });
    const map = zeros(input.shape);
    const size = input.data.length / targets.length;
    const of = ({ data }: Tensor, sample: number) => data.subarray(sample * size, (sample + 1) * size);
    await overDraws({
      model,
      targets,
      run,
      draws: options.steps,
      label: 'integrated gradients',
      vary(sample, draw, row) {
        const [x, start] = [of(input, sample), of(baseline, sample)];
        const part = points[draw]!;
        for (let i = 0; i < size; i++) row[i] = start[i]! + part * (x[i]! - start[i]!);
      },
      ask: (batch, wanted) => inputPass(request, { method: 'gradient', ruleFor: gradient }, batch, wanted),
      take(sample, draw, row) {
        const sum = of(map, sample);
        const weight = weights[draw]!;
        for (let i = 0; i < size; i++) sum[i]! += weight * row[i]!;
      },
    });
    for (const [i, x] of input.data.entries()) map.data[i]! *= x - baseline.data[i]!;
    const residual = completeness(
      map,
      await predict(model, input, run),
      await predict(model, baseline, run),
      targets,
    );
    return { map, residual, evaluations: { forward: options.steps, backward: options.steps } };
  },
});
