import { integer, text } from '../../base/options.js';
import { scoreArrays } from '../../evaluation/index.js';
import { readNpy } from '../../tensor/npy.js';
import { command } from '../command.js';

export const scoreCommand = command({
  name: 'score',
  summary: 'Scores maps against masks by one metric and prints JSON.',
  flags: {
    map: text({
      doc: 'maps as .npy: [H, W], [N, H, W], or [N, C, H, W], whose channels are summed',
      default: '',
    }),
    mask: text({ doc: 'masks of 0 and 1 as .npy, of the same height and width', default: '' }),
    metric: text({ doc: 'see sightline metrics', default: '' }),
    seed: integer({ doc: 'of everything random', default: 0, min: 0 }),
  },
  required: ['map', 'mask', 'metric'],
  takesOptions: 'key=value: an option of the metric, any number of times; see sightline metrics NAME',
  examples: ['sightline score --map map.npy --mask mask.npy --metric pointing-game'],
  async run({ flags, options, print, run }) {
    const [map, mask] = [await readNpy(flags.map), await readNpy(flags.mask)];
    print(JSON.stringify(await scoreArrays(flags.metric, { map, mask, seed: flags.seed, run }, options)));
  },
});
