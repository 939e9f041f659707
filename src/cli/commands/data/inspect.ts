import { flag } from '../../../base/options.js';
import { inspectionTable, inspectPrepared, verifyPrepared } from '../../../data/prepare/index.js';
import { command } from '../../command.js';

export const dataInspectCommand = command({
  name: 'data inspect',
  summary: 'Shows what is in a prepared set: counts, class balance, sizes of boxes and splits.',
  positionals: [{ name: 'DIR', doc: 'the folder of a prepared set', required: true }],
  flags: {
    verify: flag({ doc: 'also verify all checksums', default: false }),
    json: flag({ doc: 'print JSON', default: false }),
  },
  examples: ['sightline data inspect data/bccd', 'sightline data inspect data/bccd --verify --json'],
  async run({ flags, positionals: [dir], print }) {
    if (flags.verify) await verifyPrepared(dir!);
    const found = await inspectPrepared(dir!);
    print(flags.json ? JSON.stringify(found, null, 2) : inspectionTable(found));
    if (flags.verify && !flags.json) print('all checksums match');
  },
});
