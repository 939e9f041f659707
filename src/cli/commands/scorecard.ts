import { join } from 'node:path';
import { usageError } from '../../base/errors.js';
import { writeWhole } from '../../base/files.js';
import { unknownName } from '../../base/names.js';
import { flag, optional, text } from '../../base/options.js';
import { scorecardsOf } from '../../benchmark/scorecard/card.js';
import { readSummary } from '../../benchmark/scorecard/run-summary.js';
import { readAudit } from '../../benchmark/shortcut/read.js';
import { scorecardHtml } from '../../report/scorecard/page.js';
import { pictureOf } from '../../report/scorecard/picture.js';
import { command } from '../command.js';

export const scorecardCommand = command({
  name: 'scorecard',
  summary:
    'Writes a scorecard of each method of a finished run, as a page for clinicians and as JSON: consistency, plausibility, fidelity, usefulness, and what was not examined.',
  positionals: [{ name: 'RUN', doc: 'the folder of a finished benchmark', required: true }],
  flags: {
    methods: optional(
      text({
        doc: 'methods of the run, separated by commas; all by default, without baselines',
        default: '',
      }),
    ),
    shortcut: optional(
      text({ doc: 'the folder of a shortcut audit, whose verdicts go on the cards', default: '' }),
    ),
    out: optional(
      text({ doc: "folder for the cards; scorecards in the run's folder by default", default: '' }),
    ),
    json: flag({ doc: 'print the cards as JSON', default: false }),
  },
  examples: [
    'sightline scorecard outputs/quickstart',
    'sightline scorecard outputs/quickstart --methods gradcam --shortcut outputs/shortcut --out outputs/cards',
  ],
  async run({ flags, positionals: [run], print }) {
    const audit = flags.shortcut === undefined ? undefined : await readAudit(flags.shortcut);
    const cards = scorecardsOf(await readSummary(run!), audit);
    const names = cards.map(({ method }) => method);
    const wanted = flags.methods?.split(',') ?? names;
    for (const name of wanted)
      if (!names.includes(name)) throw unknownName(names, name, 'method of this run');
    if (names.length === 0) throw usageError(`${run}: has no methods but baselines`);
    const out = flags.out ?? join(run!, 'scorecards');
    const chosen = cards.filter(({ method }) => wanted.includes(method));
    for (const card of chosen) {
      const picture = await pictureOf(run!, card.method);
      await writeWhole(join(out, `${card.method}.html`), scorecardHtml(card, picture));
      await writeWhole(join(out, `${card.method}.json`), `${JSON.stringify(card, null, 2)}\n`);
    }
    if (flags.json) return print(JSON.stringify(chosen, null, 2));
    for (const { method, judgements } of chosen)
      print(`${method}: ${judgements.map(({ criterion, answer }) => `${criterion} ${answer}`).join('; ')}`);
    print(`cards: ${out}`);
  },
});
