import { inputError } from '../../base/errors.js';
import { flag } from '../../base/options.js';
import { nameOfTask } from '../../ground-truth/submission/format.js';
import { type Verified, verify } from '../../ground-truth/submission/verify.js';
import { command } from '../command.js';
import { checkFlags, checksOf } from '../submissions.js';
import { textTable } from '../wrap.js';

export const verifyCommand = command({
  name: 'verify',
  summary:
    "Computes a submission's scores again from its maps and the problems' known pixels, and says whether they are as stated.",
  positionals: [{ name: 'FILE', doc: 'a submission (.npz)', required: true }],
  flags: { ...checkFlags, json: flag({ doc: 'print JSON', default: false }) },
  examples: [
    'sightline verify outputs/kit/submissions/gradient.npz',
    'sightline verify mine.npz --kit outputs/kit',
  ],
  async run({ flags, positionals, print, run }) {
    const found = await verify(positionals[0]!, await checksOf(flags), run);
    if (flags.json) print(JSON.stringify(found, null, 1));
    else for (const line of linesOf(found)) print(line);
    const others = found.scores.filter(({ equal }) => !equal).length;
    if (others > 0) throw inputError(`${others} stated scores are not those of the maps`);
  },
});

function* linesOf({ method, suite, sha256, scores, tasks }: Verified) {
  yield `${method.name} (${method.version}) on ${tasks.length} tasks of ${suite}, SHA-256 ${sha256}`;
  yield* textTable(
    ['task', 'score', 'from the maps', 'stated', ''],
    scores.map(({ metric, mean, stated, equal, undefined: left, ...task }) => [
      nameOfTask(task),
      left > 0 ? `${metric} (${left} undefined)` : metric,
      shown(mean),
      stated === undefined ? '' : shown(stated),
      stated === undefined ? 'not stated' : equal ? 'equal' : `differs by ${shown(Math.abs(mean - stated))}`,
    ]),
  );
}

const shown = (value: number) => (Number.isNaN(value) ? 'undefined' : value.toFixed(6));
