import { flag, integer, optional, text } from '../../base/options.js';
import {
  type AttributionCost,
  attributionCost,
  costCases,
  costNetworks,
} from '../../benchmark/cost/attribution.js';
import { differences } from '../../benchmark/cost/differences.js';
import { costlyMetrics, type MetricCost, metricCost } from '../../benchmark/cost/metrics.js';
import { type TrainingCost, trainingCases, trainingCost } from '../../benchmark/cost/training.js';
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
    metrics: optional(
      text({
        doc: "measure these faithfulness metrics instead, separated by commas, or 'all'",
        default: 'all',
      }),
    ),
    repeats: integer({ doc: 'number of measured pairs; the median counts', default: 5, min: 1, max: 1000 }),
    precisions: flag({
      doc: 'compare the maps of each precision with those in double instead',
      default: false,
    }),
    training: flag({ doc: 'measure a training step too', default: false }),
    json: flag({ doc: 'print JSON', default: false }),
    ...engineFlags,
  },
  examples: [
    'sightline bench-cost',
    'sightline bench-cost --networks resnet18 --methods gradient,lrp --training',
  ],
  async run({ flags, print, run }) {
    const engine = await engineFrom(flags, run);
    const wanted = flags.methods === '' ? [] : flags.methods.split(',');
    const networks = flags.networks.split(',');
    const found: Measured[] = [];
    const tell = (measured: Measured, lines: readonly string[]) => {
      found.push(measured);
      if (!flags.json) for (const line of lines) print(line);
    };
    if (flags.precisions) {
      for (const network of networks) {
        const differing = await differences(network, wanted, engine, run);
        tell({ network, differences: differing }, differenceLines(network, differing));
      }
    } else if (flags.metrics !== undefined) {
      const names = flags.metrics === 'all' ? costlyMetrics : flags.metrics.split(',');
      for (const network of networks) {
        const metrics = await metricCost(network, names, engine, run, flags);
        tell({ network, metrics }, metricLines(network, metrics));
      }
    } else {
      const cases = costCases.filter(({ method }) => wanted.length === 0 || wanted.includes(method));
      for (const network of networks) {
        const costs = await attributionCost(network, cases, engine, run, { repeats: flags.repeats });
        if (costs.length > 0) tell({ network, methods: costs }, costLines(network, costs));
      }
      for (const one of flags.training ? trainingCases : []) {
        const training = await trainingCost(engine, one, run, flags);
        tell({ network: training.architecture, training }, [trainingLine(training)]);
      }
    }
    if (flags.json) print(JSON.stringify(found, null, 2));
  },
});

interface Measured {
  readonly network: string;
  readonly methods?: readonly AttributionCost[];
  readonly metrics?: readonly MetricCost[];
  readonly training?: TrainingCost;
  readonly differences?: Awaited<ReturnType<typeof differences>>;
}

function differenceLines(network: string, rows: NonNullable<Measured['differences']>): string[] {
  const shown = rows.map(({ method, of }) => [
    method,
    ...[of.float32, of.tf32, of.float16].map((value) => value.toExponential(0)),
  ]);
  return [
    `${network}, 3x64x64: distance of maps to those in double`,
    ...textTable(['method', 'float32', 'tf32', 'float16'], shown),
  ];
}

function costLines(network: string, costs: readonly AttributionCost[]): string[] {
  const { batch, forward } = costs[0]!;
  const rows = costs.map(({ method, options, draws, theory, goal, passes }) => [
    `${method}${told(options)}`,
    draws ? 'a draw' : 'an image',
    Number.isInteger(theory) ? String(theory) : theory.toFixed(2),
    goal.toFixed(1),
    passes.toFixed(2),
    passes <= goal ? 'met' : theory > goal ? 'out of reach' : 'missed',
  ]);
  return [
    `${network}, 3x224x224, batch ${batch}: one forward pass takes ${forward.toFixed(1)} ms an image`,
    ...textTable(['method', 'for', 'theory', 'goal', 'forward passes', ''], rows),
    '',
  ];
}

const metricLines = (network: string, costs: readonly MetricCost[]): string[] => [
  `${network}, 3x224x224: the time of a metric over that of its forward passes, for several maps and for one alone`,
  ...textTable(
    ['metric', 'evaluations', 'ratio', 'alone'],
    costs.map(({ metric, evaluations, ratio, alone }) => [
      metric,
      String(evaluations),
      ratio.toFixed(3),
      alone.toFixed(3),
    ]),
  ),
];

const trainingLine = ({ architecture, inputShape, batch, optimiser, forward, step, ratio }: TrainingCost) =>
  `training ${architecture} ${inputShape.join('x')}, batch ${batch}, ${optimiser}: forward ${forward.toFixed(0)} ms, step ${step.toFixed(0)} ms: ${ratio.toFixed(2)} forward passes (goal 5, aim 4)`;

const told = (options: Readonly<Record<string, unknown>> = {}) =>
  Object.entries(options)
    .map(([key, value]) => ` ${key}=${value}`)
    .join('');
