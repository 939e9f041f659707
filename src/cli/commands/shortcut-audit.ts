import { join } from 'node:path';
import { writeWhole } from '../../base/files.js';
import { flag, optional, text } from '../../base/options.js';
import { skippedLines } from '../../benchmark/method-notes.js';
import { type ShortcutAudit, shortcutAudit } from '../../benchmark/shortcut/audit.js';
import { shortcutOptions } from '../../benchmark/shortcut/options.js';
import { effectLines, leftOutText, verdictWords } from '../../benchmark/shortcut/words.js';
import { shortcutHtml } from '../../report/shortcut.js';
import { command } from '../command.js';
import { sourceFlags, sourceGroups, sourceOf, sources, trainingFlags, trainingOf } from '../data-flags.js';
import { engineFlags, engineFrom } from '../engine-flags.js';
import { textTable } from '../wrap.js';

// The models are trained on all patients: a share is that of the images with the marker.
const { seed: _seed, share: _share, ...training } = trainingFlags;

export const shortcutAuditCommand = command({
  name: 'shortcut-audit',
  summary:
    'Plants a marker in one class, trains a model with it and one without, and shows which methods reveal the shortcut, stay silent, or accuse the innocent model.',
  flags: {
    ...sourceFlags,
    ...training,
    ...shortcutOptions,
    ...engineFlags,
    out: text({ doc: "the audit's folder; an interrupted audit resumes there", default: '' }),
    json: flag({ doc: 'print JSON', default: false }),
    draw: optional(text({ doc: 'folder for drawn phantoms; data by default', default: '' })),
  },
  groups: { ...sourceGroups, Training: training, 'The marker': shortcutOptions },
  required: ['out'],
  oneOf: sources,
  examples: [
    'sightline shortcut-audit --dataset phantom --out outputs/shortcut',
    'sightline shortcut-audit --dataset bccd --root path/to/bccd --task tiles --share 0.6 --methods lrp,gradcam,sobel --out outputs/bccd-shortcut',
  ],
  async run({ flags, print, run }) {
    const engine = await engineFrom(flags, run);
    const audit = await shortcutAudit(
      {
        data: sourceOf(flags),
        training: trainingOf(flags, training),
        options: flags,
        out: flags.out,
        drawn: flags.draw ?? 'data',
      },
      engine,
      run,
    );
    const page = join(flags.out, 'shortcut.html');
    await writeWhole(page, await shortcutHtml(audit));
    if (flags.json) return print(JSON.stringify(audit, null, 2));
    for (const line of auditLines(audit)) print(line);
    print(`page: ${page}`);
  },
});

function auditLines(audit: ShortcutAudit): string[] {
  const { methods, skipped } = audit;
  const table = methods.map(({ method, family, verdict, ...row }) => [
    family === 'baseline' ? `~ ${method}` : method,
    ...[row.shortcutMarked, row.shortcutPlain, row.innocentMarked, row.innocentPlain].map(({ mean }) =>
      Number.isNaN(mean) ? '-' : mean.toFixed(3),
    ),
    verdictWords[verdict],
  ]);
  const heads = ['method', 'shortcut,\nmarked', 'shortcut,\nplain', 'innocent,\nmarked', 'innocent,\nplain'];
  return [
    ...effectLines(audit),
    '',
    ...textTable([...heads, 'verdict'], table),
    '',
    "AUROC of the marker's pixels in the maps of the model with the shortcut and of the innocent one, for images with the marker and without: 1 points at it, 0.5 is chance; ~ a model-free baseline",
    ...methods.flatMap((row) => {
      const left = leftOutText(row, audit.images);
      return left === undefined ? [] : [`${row.method}: ${left}`];
    }),
    ...skippedLines(skipped),
  ];
}
