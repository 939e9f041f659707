import { join } from 'node:path';
import { flag, optional, text } from '../../base/options.js';
import { conclusionsOf } from '../../benchmark/conclusions.js';
import { benchmarkOptions } from '../../benchmark/plan.js';
import { evaluateRun } from '../../benchmark/run.js';
import { timed } from '../../benchmark/seconds.js';
import { writeReport } from '../../report/report.js';
import { command } from '../command.js';
import { engineFlags, engineFrom } from '../engine-flags.js';
import { resultLines } from '../result-lines.js';

export const evaluateCommand = command({
  name: 'evaluate',
  summary:
    'Scores the stored maps of a finished run anew and writes its tables and report; nothing is explained again.',
  positionals: [{ name: 'RUN', doc: 'the folder of a finished benchmark', required: true }],
  flags: {
    metrics: optional(
      text({ doc: `${benchmarkOptions.metrics.doc}; those of the run by default`, default: '' }),
    ),
    model: optional(text({ doc: 'the ONNX classifier, where the run was given one', default: '' })),
    data: optional(text({ doc: 'the prepared set, where the run was given one', default: '' })),
    ...engineFlags,
    json: flag({ doc: 'print the conclusions as JSON, as summary.json holds them', default: false }),
  },
  examples: [
    'sightline evaluate outputs/quickstart',
    'sightline evaluate outputs/quickstart --metrics pointing-game,iou-area,contour-distance',
  ],
  async run({ flags, positionals: [out], print, run }) {
    const engine = await engineFrom(flags, run);
    const { metrics, model, data } = flags;
    const result = await evaluateRun({ out: out!, metrics, model, data }, engine, run);
    const report = join(out!, 'report.html');
    const reporting = await timed(() => writeReport(result, report));
    if (flags.json) return print(JSON.stringify(conclusionsOf(result), null, 2));
    for (const line of resultLines(result, reporting.seconds)) print(line);
    print(`report: ${report}`);
  },
});
