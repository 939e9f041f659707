import { flag } from '../../base/options.js';
import { benchOptions, benchPrepare } from '../../data/prepare/index.js';
import { command } from '../command.js';

export const benchPrepareCommand = command({
  name: 'bench-prepare',
  summary:
    'Measures the preparation of synthetic images against the same decoding and resizing by sharp alone.',
  flags: { ...benchOptions, json: flag({ doc: 'print JSON', default: false }) },
  examples: [
    'sightline bench-prepare',
    'sightline bench-prepare --images 10000 --files 200 --rounds 1 --format png',
  ],
  async run({ flags, print, run }) {
    const { json, ...asked } = flags;
    const measured = await benchPrepare(asked, run);
    if (json) return print(JSON.stringify({ ...asked, ...measured }, null, 2));
    const { images, sharpAlone, prepared, ratio, memory } = measured;
    print(`${images} images of ${flags.side}x${flags.side} (${flags.format}) to ${flags.size}x${flags.size}`);
    print(
      `sharp alone ${sharpAlone.toFixed(1)} images a second, prepared ${prepared.toFixed(1)}: ${ratio.toFixed(2)} of it`,
    );
    print(`memory ${memory.join(' to ')} MiB`);
  },
});
