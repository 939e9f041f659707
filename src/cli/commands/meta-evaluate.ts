import { flag, optional, text } from '../../base/options.js';
import { type MetaRow, metaEvaluate, metaFolder } from '../../benchmark/meta/meta-evaluation.js';
import { metaOptions } from '../../benchmark/meta/options.js';
import { command } from '../command.js';
import { engineFlags, engineFrom } from '../engine-flags.js';
import { textTable } from '../wrap.js';

export const metaEvaluateCommand = command({
  name: 'meta-evaluate',
  summary:
    'Measures which metrics of a finished run to believe: do they stay where images or weights change a little, and react where the prediction changes?',
  positionals: [{ name: 'RUN', doc: 'the folder of a finished benchmark', required: true }],
  flags: {
    ...metaOptions,
    model: optional(text({ doc: 'the ONNX classifier, where the run was given one', default: '' })),
    data: optional(text({ doc: 'the prepared set, where the run was given one', default: '' })),
    ...engineFlags,
    json: flag({ doc: 'print JSON', default: false }),
  },
  examples: [
    'sightline meta-evaluate outputs/quickstart',
    'sightline meta-evaluate outputs/quickstart --metrics sparseness,deletion,pointing-game --images 24 --repeats 5',
  ],
  async run({ flags, positionals: [out], print, run }) {
    const engine = await engineFrom(flags, run);
    const rows = await metaEvaluate({ ...flags, out: out! }, engine, run);
    if (flags.json) return print(JSON.stringify(rows, null, 2));
    for (const line of metaLines(rows)) print(line);
    print(`tables: ${metaFolder(out!)}`);
  },
});

/** The four consistencies of each metric, best first, and what they mean. */
function metaLines(rows: readonly MetaRow[]): string[] {
  const sorted = rows.toSorted((a, b) => order(b.score) - order(a.score));
  const table = sorted.map((row) => [
    row.metric,
    row.setting,
    shown(row.score),
    ...[row.intraMinor, row.intraDisruptive, row.interMinor, row.interDisruptive].map(shown),
    `${row.minorImages}, ${row.disruptiveImages}`,
  ]);
  return [
    ...textTable(['metric', 'disturbed', 'score', 'stays', 'reacts', 'same ranks', 'worse', 'images'], table),
    '',
    'score: the mean of the four (MetaQuantus); 0.5 is what a metric gets that never changes, or that draws its scores',
    'stays: p-value that scores are the same after minor noise; reacts: 1 less it after a disruptive one; same ranks: methods that keep theirs; worse: scores that do get worse',
    'images: those that kept their prediction under minor noise, and those that changed it under disruptive noise',
  ];
}

const order = (score: number) => (Number.isNaN(score) ? -1 : score);
const shown = (value: number) => (Number.isNaN(value) ? 'undefined' : value.toFixed(3));
