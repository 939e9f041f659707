import { flag, integer, text } from '../../base/options.js';
import { attributionCost, costCases, costNetworks } from '../../benchmark/cost/attribution.js';
import { differences } from '../../benchmark/cost/differences.js';
import { trainingCases, trainingCost } from '../../benchmark/cost/training.js';
import { command } from '../command.js';
import { engineFlags, engineFrom } from '../engine-flags.js';
import { textTable } from '../wrap.js';

export const benchCostCommand = command({
  name: 'bench-cost',
  summary: 'Measures the cost of each method and of a training step, in forward passes of the same batch.',
  flags: {
    networks: text({
      doc: `networks, separated by commas: ${Object.keys(costNetworks).join(', ')}`,
      default: 'resnet18',
    }),
    methods: text({ doc: 'only these methods, separated by commas', default: '' }),
    repeats: integer({ doc: 'number of measured pairs; the median counts', default: 5, min: 1, max: 1000 }),
    precisions: flag({
      doc: 'compare the maps of each precision with those in double instead',
      default: false,
    }),
    training: flag({ doc: 'measure a training step too', default: false }),
    ...engineFlags,
  },
  examples: [
    'sightline bench-cost',
    'sightline bench-cost --networks resnet18 --methods gradient,lrp --training',
  ],
  async run({ flags, print, run }) {
    const engine = await engineFrom(flags, run);
    const wanted = flags.methods === '' ? [] : flags.methods.split(',');
    if (flags.precisions) {
      for (const network of flags.networks.split(',')) {
        const rows = (await differences(network, wanted, engine, run)).map(({ method, of }) => [
          method,
          ...[of.float32, of.tf32, of.float16].map((value) => value.toExponential(0)),
        ]);
        print(`${network}, 3x64x64: distance of maps to those in double`);
        for (const line of textTable(['method', 'float32', 'tf32', 'float16'], rows)) print(line);
      }
      return engine.dispose();
    }
    const cases = costCases.filter(({ method }) => wanted.length === 0 || wanted.includes(method));
    for (const network of flags.networks.split(',')) {
      const costs = await attributionCost(network, cases, engine, run, { repeats: flags.repeats });
      if (costs.length === 0) continue;
      print(
        `${network}, 3x224x224, batch ${costs[0]!.batch}: one forward pass takes ${costs[0]!.forward.toFixed(1)} ms an image`,
      );
      const rows = costs.map(({ method, options, draws, theory, goal, passes }) => [
        `${method}${told(options)}`,
        draws ? 'a draw' : 'an image',
        Number.isInteger(theory) ? String(theory) : theory.toFixed(2),
        goal.toFixed(1),
        passes.toFixed(2),
        passes <= goal ? 'met' : theory > goal ? 'out of reach' : 'missed',
      ]);
      for (const line of textTable(['method', 'for', 'theory', 'goal', 'forward passes', ''], rows))
        print(line);
      print('');
    }
    if (flags.training) {
      for (const one of trainingCases) {
        const cost = await trainingCost(engine, one, run, flags);
        const { architecture, inputShape, batch, optimiser, forward, step, ratio } = cost;
        print(
          `training ${architecture} ${inputShape.join('x')}, batch ${batch}, ${optimiser}: forward ${forward.toFixed(0)} ms, step ${step.toFixed(0)} ms: ${ratio.toFixed(2)} forward passes (goal 5, aim 4)`,
        );
      }
    }
    await engine.dispose();
  },
});

const told = (options: Readonly<Record<string, unknown>> = {}) =>
  Object.entries(options)
    .map(([key, value]) => ` ${key}=${value}`)
    .join('');
