import { inputError } from '../../base/errors.js';
import { lookUp } from '../../base/names.js';
import { integer, text } from '../../base/options.js';
import { metrics, scoreMap } from '../../evaluation/index.js';
import { readNpy } from '../../tensor/npy.js';
import { reduceChannels } from '../../tensor/reduce.js';
import { type Tensor, type TypedArray, toFloat32 } from '../../tensor/tensor.js';
import { command } from '../command.js';

export const scoreCommand = command({
  name: 'score',
  summary: 'Scores maps against masks by one metric and prints JSON.',
  flags: {
    map: text({
      doc: 'maps as .npy: [H, W], [N, H, W], [N, 1, H, W], or [N, C, H, W], whose channels are summed',
      default: '',
    }),
    mask: text({ doc: 'masks of 0 and 1 as .npy, of the same height and width', default: '' }),
    metric: text({ doc: 'see sightline metrics', default: '' }),
    seed: integer({ doc: 'of everything random', default: 0, min: 0 }),
  },
  required: ['map', 'mask', 'metric'],
  takesOptions: true,
  examples: ['sightline score --map map.npy --mask mask.npy --metric pointing-game'],
  async run({ flags, options, print, run }) {
    const { direction } = lookUp(metrics, flags.metric, 'metric');
    const maps = planes(await readNpy(flags.map), flags.map);
    const masks = planes(await readNpy(flags.mask), flags.mask);
    if (masks.length !== maps.length) {
      throw inputError(`${flags.mask} holds ${masks.length} masks; ${flags.map} holds ${maps.length} maps`);
    }
    const scores = [];
    for (const [i, map] of maps.entries()) {
      const { data, shape } = masks[i]!;
      const mask = { data: Uint8Array.from(data), shape };
      scores.push(await scoreMap(flags.metric, { map, mask, seed: flags.seed, run }, options));
    }
    const undefinedOnes = scores.flatMap((score, i) =>
      score.undefined ? [{ sample: i, reason: score.undefined }] : [],
    );
    const values = scores.map(({ value }) => (Number.isNaN(value) ? null : value));
    print(JSON.stringify({ metric: flags.metric, values, undefined: undefinedOnes, direction }));
  },
});

/** Every `[H, W]` of a file. */
function planes(read: Tensor<TypedArray>, name: string): Tensor[] {
  const { data, shape } = toFloat32(read);
  if (shape.length === 2) return [{ data, shape }];
  const four = shape.length === 3 ? [shape[0]!, 1, ...shape.slice(1)] : shape;
  if (four.length !== 4)
    throw inputError(`${name}: has shape [${shape}]; [H,W], [N,H,W] or [N,C,H,W] is needed`);
  const reduced = reduceChannels({ data, shape: four });
  const [count, , height, width] = four as [number, number, number, number];
  return Array.from({ length: count }, (_, i) => ({
    data: reduced.data.subarray(i * height * width, (i + 1) * height * width),
    shape: [height, width],
  }));
}
