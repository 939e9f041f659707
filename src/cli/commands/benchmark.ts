import { join } from 'node:path';
import { flag, optional, text } from '../../base/options.js';
import { conclusionsOf } from '../../benchmark/conclusions.js';
import { mirrorCautions } from '../../benchmark/mirrored.js';
import { benchmarkOptions } from '../../benchmark/plan.js';
import { benchmark } from '../../benchmark/run.js';
import { timed } from '../../benchmark/seconds.js';
import { writeReport } from '../../report/report.js';
import { command } from '../command.js';
import { sourceFlags, sourceGroups, sourceOf, sources, trainingFlags, trainingOf } from '../data-flags.js';
import { engineFlags, engineFrom } from '../engine-flags.js';
import { normalisationFlags, normalisationFrom } from '../normalisation-flags.js';
import { resultLines } from '../result-lines.js';

const { seed: _seed, mean: _mean, std: _std, normalisation: _normalisation, ...training } = trainingFlags;
const explaining = { ...benchmarkOptions, ...normalisationFlags };

export const benchmarkCommand = command({
  name: 'benchmark',
  summary:
    'Prepares data, trains a classifier, explains test images by every method, scores the maps, writes a report.',
  flags: {
    ...sourceFlags,
    ...training,
    ...explaining,
    ...engineFlags,
    out: text({ doc: "the run's folder; an interrupted run resumes there", default: '' }),
    json: flag({ doc: 'print the conclusions as JSON, as summary.json holds them', default: false }),
    draw: optional(text({ doc: 'folder for drawn phantoms; data by default', default: '' })),
  },
  groups: { ...sourceGroups, Training: training, Explaining: explaining },
  required: ['out'],
  oneOf: sources,
  examples: [
    'sightline benchmark --dataset phantom --out outputs/quickstart',
    'sightline benchmark --dataset bccd --root path/to/bccd --task tiles --out outputs/bccd',
    'sightline benchmark --data data/mine --model mine.onnx --out outputs/mine',
    'sightline benchmark --format coco --images scans --annotations scans/boxes.json --out outputs/scans',
    'sightline benchmark --dataset bccd --root path/to/bccd --task tiles --task-option finding=Platelets --methods gradcam,lrp --out outputs/platelets',
  ],
  async run({ flags, print, warn, run }) {
    const given = trainingOf(flags, training);
    const source = sourceOf(flags);
    const dataset = 'prepared' in source ? undefined : source.dataset;
    for (const line of mirrorCautions(dataset, given.augment)) warn(line);
    const engine = await engineFrom(flags, run);
    const result = await benchmark(
      {
        data: source,
        training: given,
        // Of a network that is trained, `given` has it.
        options: {
          ...flags,
          normalisation: flags.model === undefined ? undefined : normalisationFrom(flags).normalisation,
        },
        out: flags.out,
        drawn: flags.draw ?? 'data',
      },
      engine,
      run,
    );
    const report = join(flags.out, 'report.html');
    const reporting = await timed(() => writeReport(result, report));
    if (flags.json) return print(JSON.stringify(conclusionsOf(result), null, 2));
    for (const line of resultLines(result, reporting.seconds)) print(line);
    print(`report: ${report}`);
  },
});
