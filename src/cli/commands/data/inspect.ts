import { flag } from '../../../base/options.js';
import {
  inspectionTable,
  inspectPrepared,
  splitDoubts,
  verifyPrepared,
  withDoubts,
} from '../../../data/prepare/index.js';
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
    if (flags.json) return print(JSON.stringify(withDoubts(found), null, 2));
    for (const line of [inspectionTable(found), ...splitDoubts(found)]) print(line);
    if (flags.verify) print('all checksums match');
  },
});
