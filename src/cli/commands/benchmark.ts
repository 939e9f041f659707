import { join } from 'node:path';
import { choice, optional, text } from '../../base/options.js';
import { benchmarkOptions } from '../../benchmark/plan.js';
import { type BenchmarkResult, benchmark } from '../../benchmark/run.js';
import { engineNames, openEngine } from '../../engine/index.js';
import { writeReport } from '../../report/report.js';
import { orderedMethods } from '../../report/tables.js';
import { command } from '../command.js';
import { datasetFlags, datasetOf, trainingFlags, trainingOf } from '../data-flags.js';
import { textTable } from '../text-table.js';

const { seed: _seed, ...training } = trainingFlags;

export const benchmarkCommand = command({
  name: 'benchmark',
  summary:
    'Prepares data, trains a classifier, explains test images by every method, scores the maps, writes a report.',
  flags: {
    ...datasetFlags,
    ...training,
    ...benchmarkOptions,
    engine: choice(engineNames, { doc: 'what runs the model', default: 'cpu' }),
    out: text({ doc: "the run's folder; begun again it goes on where it was", default: '' }),
    draw: optional(text({ doc: 'where phantoms are drawn; data by default', default: '' })),
  },
  groups: { 'The data and its task': datasetFlags, Training: training, Explaining: benchmarkOptions },
  required: ['dataset', 'out'],
  examples: [
    'sightline benchmark --dataset phantom --out outputs/quickstart',
    'sightline benchmark --dataset bccd --root path/to/bccd --task tiles --out outputs/bccd',
    'sightline benchmark --dataset bccd --root path/to/bccd --task tiles --task-option finding=Platelets --methods gradcam,lrp --out outputs/platelets',
  ],
  async run({ flags, print, run }) {
    const engine = openEngine(flags.engine);
    try {
      const result = await benchmark(
        {
          data: datasetOf(flags),
          training: trainingOf(flags),
          options: flags,
          out: flags.out,
          drawn: flags.draw ?? 'data',
        },
        engine,
        run,
      );
      const report = join(flags.out, 'report.html');
      await writeReport(result, report);
      for (const line of told(result)) print(line);
      print(`report: ${report}`);
    } finally {
      await engine.dispose();
    }
  },
});

function told({ task, chosen, skipped, summary, images }: BenchmarkResult): string[] {
  const metrics = [...new Set(summary.map(({ metric }) => metric))];
  const rows = orderedMethods(summary).map(([method, own]) => [
    method,
    own[0]!.family,
    ...metrics.map((metric) => {
      const row = own.find((one) => one.metric === metric);
      return row?.mean == null ? 'undefined' : row.mean.toFixed(3);
    }),
  ]);
  const arrows = { higher: ' ↑', lower: ' ↓', none: '' };
  const heads = metrics.map(
    (metric) => `${metric}${arrows[summary.find((row) => row.metric === metric)!.direction]}`,
  );
  return [
    `${task}: ${images.train} training, ${images.validation} validation, ${images.test} test images`,
    `test accuracy ${(100 * chosen.accuracy).toFixed(1)} %, AUROC ${chosen.auroc.toFixed(3)}; ${chosen.explained} images explained`,
    '',
    ...textTable(['method', 'family', ...heads], rows),
    ...(skipped.length > 0
      ? ['', `do not apply to this model: ${skipped.map(({ method }) => method).join(', ')}`]
      : []),
  ];
}
