import { integer, number, type OptionValues, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { checkpoint } from '../../base/run.js';
import { batchSizeOf } from '../../model/batch-size.js';
import { predict } from '../../model/predict.js';
import { rows, type Tensor, zeros } from '../../tensor/tensor.js';
import { baselineFor, baselineOption, baselines } from '../input/baseline.js';
import { comparedOutputs, completeness } from '../input/targets.js';
import { method, type Request } from '../method.js';
import { gradient, inputPass } from '../program/backward.js';
import { type GuidedPath, startPath } from './guided-path.js';

const guidedOptions = {
  steps: integer({ doc: 'steps of equal length on the path', default: 50, min: 1, max: 10_000 }),
  fraction: searched(
    number({ doc: 'share of the values that move together', default: 0.25, min: 0.001, max: 1 }),
    { from: 0.05, to: 0.5 },
  ),
  distance: number({
    doc: 'how far from the straight path a value may be, as a share of the path; 0 is the straight path',
    default: 0.02,
    min: 0,
    max: 1,
  }),
  baseline: searched(baselineOption('where the path starts'), baselines),
};

export const guidedIg = method({
  name: 'guided-ig',
  family: 'gradient',
  doc: 'Integrated gradients along a path that moves the values with the smallest gradients first.',
  paper: cite`Kapishnikov, Venugopalan, Avci, Wedin, Terry, Bolukbasi (2021). Guided integrated gradients: an adaptive path method for removing noise. arXiv:2106.09788`,
  options: guidedOptions,
  maps: 'input',
  async attribute(request) {
    const { model, input, targets, options, run } = request;
    const baseline = baselineFor(options.baseline, input, model, { seed: request.seed });
    const map = zeros(input.shape);
    const size = input.data.length / targets.length;
    const progress = run.progress.start('guided-ig', targets.length);
    for (let from = 0; from < targets.length; from += batchSizeOf(model)) {
      const to = Math.min(targets.length, from + batchSizeOf(model));
      const [start, end] = [rows(baseline, from, to), rows(input, from, to)];
      const part = walkTogether(request, end, start, targets.slice(from, to));
      for (const [i, { attribution }] of (await part).entries()) map.data.set(attribution, (from + i) * size);
      progress.advance(to - from);
    }
    progress.done();
    const [end, start] = [await predict(model, input, run), await predict(model, baseline, run)];
    return {
      map,
      ...completeness(map, comparedOutputs(model, { input: end, baseline: start, targets })),
      evaluations: { forward: options.steps, backward: options.steps },
    };
  },
});

/** Steps a batch of paths together, with one gradient evaluation for all of them per step. */
async function walkTogether(
  request: Request<OptionValues<typeof guidedOptions>>,
  input: Tensor,
  baseline: Tensor,
  targets: readonly number[],
): Promise<readonly GuidedPath[]> {
  const size = input.data.length / targets.length;
  const of = ({ data }: Tensor, row: number) => data.subarray(row * size, (row + 1) * size);
  const walks = targets.map((_, row) => startPath(of(input, row), of(baseline, row), request.options));
  for (let step = 0; step < request.options.steps; step++) {
    await checkpoint(request.run);
    const at = zeros(input.shape);
    for (const [row, walk] of walks.entries()) at.data.set(walk.position, row * size);
    const slopes = await inputPass(
      { ...request, input: at, targets },
      { method: 'gradient', ruleFor: gradient },
    );
    for (const [row, walk] of walks.entries()) walk.step(step, of(slopes, row));
  }
  return walks;
}
