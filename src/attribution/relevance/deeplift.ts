import { choice, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { multiplierRuleNames } from '../../graph/rules/deeplift/index.js';
import { classCount } from '../../model/classifier.js';
import { concatenate, rows, type Tensor } from '../../tensor/tensor.js';
import { baselineFor, baselineNodes, baselineOption, baselines } from '../input/baseline.js';
import { fromZero, isZero } from '../input/equal.js';
import { comparedOutputs, completeness } from '../input/targets.js';
import { method } from '../method.js';
import { oneHot } from '../program/explain.js';
import { spreads } from '../program/sample-sums.js';
import { deepliftGraph, multiply } from './deeplift-program.js';

export const deeplift = method({
  name: 'deeplift',
  family: 'relevance',
  doc: 'The change of the target output from a baseline, shared out over the changes of the input.',
  paper: cite`Shrikumar, Greenside, Kundaje (2017). Learning important features through propagating activation differences. arXiv:1704.02685`,
  options: {
    rule: searched(
      choice(multiplierRuleNames, {
        doc: 'reveal-cancel keeps apart what pushes a layer up and what pushes it down',
        default: 'rescale',
      }),
      { among: multiplierRuleNames },
    ),
    baseline: searched(baselineOption('the input that the target output is compared with'), baselines),
  },
  maps: 'input',
  async attribute(request) {
    const { model, input, targets, options, run, seed } = request;
    const baseline = baselineFor(options.baseline, input, model, { seed });
    const one = input.shape[0]! > 1 && spreads(model) && sameRows(baseline);
    const reference = one ? rows(baseline, 0, 1) : baseline;
    const start = oneHot(targets, classCount(model));
    const found = await multiply(model, options.rule, { input, reference, seed: start }, run);
    const data = found.multipliers.data.map((m, i) => m * (input.data[i]! - baseline.data[i]!));
    const map = { data, shape: input.shape };
    const referenceOutput = one
      ? concatenate(targets.map(() => rows(found.referenceOutput, 0, 1)))
      : found.referenceOutput;
    return {
      map,
      ...completeness(
        map,
        comparedOutputs(model, { input: found.output, baseline: referenceOutput, targets }),
      ),
      evaluations: { forward: 2, backward: 1 },
      notes: options.rule === 'rescale' && isZero(options.baseline) ? fromZero(model, 'differences') : [],
    };
  },
  graph: ({ model, options }) =>
    deepliftGraph(model, options.rule, (builder, image) =>
      baselineNodes(builder, options.baseline, image, model),
    ),
});

function sameRows({ data, shape }: Tensor): boolean {
  const size = data.length / shape[0]!;
  for (let i = size; i < data.length; i++) if (data[i] !== data[i % size]) return false;
  return true;
}
