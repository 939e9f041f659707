import { join } from 'node:path';
import { writeWhole } from '../../base/files.js';
import { withFolder } from '../../base/lock.js';
import { flag, text } from '../../base/options.js';
import { leaderboardMarkdown, leaderboardOf } from '../../ground-truth/submission/leaderboard.js';
import { verify } from '../../ground-truth/submission/verify.js';
import { command } from '../command.js';
import { checkFlags, checksOf } from '../submissions.js';

export const leaderboardCommand = command({
  name: 'leaderboard',
  summary:
    'Ranks submissions for the same images and models by scores that it computes from their maps, as Markdown and JSON.',
  positionals: [{ name: 'FILE', doc: 'submissions (.npz)', required: true, many: true }],
  flags: {
    metric: text({ doc: 'the score that ranks, higher being better', default: 'emd-score' }),
    ...checkFlags,
    out: text({ doc: 'the folder of leaderboard.md and leaderboard.json', default: '' }),
    json: flag({ doc: 'print JSON', default: false }),
  },
  examples: [
    'sightline leaderboard outputs/kit/submissions/gradient.npz mine.npz --kit outputs/kit --out outputs/leaderboard',
  ],
  async run({ flags, positionals, print, run }) {
    const { metric, out, json } = flags;
    const checks = await checksOf(flags);
    const found = [];
    for (const file of positionals) found.push(await verify(file, checks, run));
    const board = leaderboardOf(found, metric);
    const [markdown, data] = [leaderboardMarkdown(board), JSON.stringify(board, null, 1)];
    if (out !== '')
      await withFolder(out, async () => {
        await writeWhole(join(out, 'leaderboard.md'), markdown);
        await writeWhole(join(out, 'leaderboard.json'), `${data}\n`);
      });
    print(json ? data : markdown.trimEnd());
  },
});
