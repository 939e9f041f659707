import { join } from 'node:path';
import { writeWhole } from '../../base/files.js';
import { flag, optional, text } from '../../base/options.js';
import { skippedLines } from '../../benchmark/method-notes.js';
import { salienceOptions } from '../../ground-truth/salience/options.js';
import { accuracyLines, salienceHtml, salienceTable } from '../../ground-truth/salience/report.js';
import { salienceControl } from '../../ground-truth/salience/salience.js';
import { command } from '../command.js';
import { sourceFlags, sourceGroups, sourceOf, sources, trainingFlags, trainingOf } from '../data-flags.js';
import { engineFlags, engineFrom } from '../engine-flags.js';
import { textTable } from '../wrap.js';

const { seed: _seed, ...training } = trainingFlags;

export const salienceControlCommand = command({
  name: 'salience-control',
  summary:
    'Plants a watermark in no training image, in those of one class or in half of all, and shows whether methods answer to its presence or to its tie to the class.',
  flags: {
    ...sourceFlags,
    ...training,
    ...salienceOptions,
    ...engineFlags,
    out: text({ doc: "the control's folder; an interrupted one resumes there", default: '' }),
    json: flag({ doc: 'print JSON', default: false }),
    draw: optional(text({ doc: 'folder for drawn data sets; data by default', default: '' })),
  },
  groups: { ...sourceGroups, Training: training, 'The watermark': salienceOptions },
  required: ['out'],
  oneOf: sources,
  examples: [
    'sightline salience-control --dataset phantom --out outputs/salience',
    'sightline salience-control --dataset clinical --dataset-option radiographs=path/to/cxr-lungs --models 5 --out outputs/salience-cxr',
  ],
  async run({ flags, print, run }) {
    const engine = await engineFrom(flags, run);
    const salience = await salienceControl(
      {
        ...{ data: sourceOf(flags), training: trainingOf(flags, training), options: flags, out: flags.out },
        drawn: flags.draw ?? 'data',
      },
      engine,
      run,
    );
    const page = join(flags.out, 'salience.html');
    await writeWhole(page, salienceHtml(salience));
    if (flags.json) return print(JSON.stringify(salience, null, 2));
    const { heads, rows } = salienceTable(salience);
    for (const line of [...accuracyLines(salience), '', ...textTable(heads, rows)]) print(line);
    for (const line of skippedLines(salience.skipped)) print(line);
    print(`page: ${page}`);
  },
});
