import { mkdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { inputError, usageError } from '../../base/errors.js';
import { checkOutput, writeWhole } from '../../base/files.js';
import { choice, flag, integer, type Option, text } from '../../base/options.js';
import { decodeFile } from '../../data/decode/index.js';
import {
  cocoText,
  type ImageBoxes,
  type ScoredBox,
  vocText,
  yoloText,
} from '../../data/formats/write-boxes.js';
import { heatBoxes, heatMask } from '../../evaluation/localisation/heat-boxes.js';
import { encodePng } from '../../figures/png.js';
import { channelsFirst } from '../../tensor/channels.js';
import { readNpy } from '../../tensor/npy.js';
import { otsuThreshold } from '../../tensor/otsu.js';
import { extent, quantile } from '../../tensor/quantile.js';
import { reduceChannels } from '../../tensor/reduce.js';
import { resizeBilinear } from '../../tensor/resize.js';
import { rows, type Tensor, toFloat32 } from '../../tensor/tensor.js';
import { command } from '../command.js';
import { words } from '../several-inputs.js';

/** A rule for the threshold of a map `[H, W]`. */
type Rule = readonly [name: 'max' | 'quantile' | 'value', at: number] | readonly ['otsu'];

const ruleOption: Option<Rule, string> = {
  doc: "what is hot: above a share of the map's maximum (max:0.5), a quantile (quantile:0.95), a value (value:0.1), or Otsu's threshold (otsu)",
  accepts: 'max:SHARE, quantile:SHARE, value:NUMBER or otsu',
  default: ['max', 0.5],
  read(given) {
    if (given === 'otsu') return ['otsu'];
    const found = /^(max|quantile|value):([-+.\de]+)$/.exec(String(given));
    const at = Number(found?.[2]);
    if (!found || !Number.isFinite(at)) return undefined;
    const name = found[1] as 'max' | 'quantile' | 'value';
    return name === 'value' || (at >= 0 && at < 1) ? [name, at] : undefined;
  },
};

function thresholdOf(rule: Rule, { data }: Tensor): number {
  switch (rule[0]) {
    case 'max':
      return rule[1] * extent(data).high;
    case 'quantile':
      return quantile(data, rule[1]);
    case 'value':
      return rule[1];
    case 'otsu':
      return otsuThreshold(data);
  }
}

const formats = ['coco', 'voc', 'yolo', 'mask'] as const;

export const boxesCommand = command({
  name: 'boxes',
  summary: 'Writes the boxes around the hot parts of maps, or their mask, at the resolution of the images.',
  positionals: [
    {
      name: 'MAP',
      doc: 'maps as .npy: [H, W], [N, H, W] or [N, C, H, W], whose channels are summed',
      required: true,
    },
  ],
  flags: {
    rule: ruleOption,
    least: integer({ doc: 'fewest pixels of a part, at the resolution that is written', default: 1, min: 1 }),
    format: choice(formats, {
      doc: 'coco: one JSON file; voc, yolo and mask (PNG): a folder with a file for each image',
      default: 'coco',
    }),
    image: words({ doc: "the map's image or DICOM file, one for each map: the boxes are in its pixels" }),
    label: text({ doc: 'the class of the boxes', default: 'finding' }),
    out: text({ doc: 'the .json file, or the folder', default: '' }),
    json: flag({ doc: 'print the boxes of each map as JSON', default: false }),
  },
  required: ['out'],
  examples: [
    'sightline boxes map.npy --image chest.dcm --label pneumonia --out boxes.json',
    'sightline boxes map.npy --rule otsu --least 20 --format mask --out masks',
  ],
  async run({
    flags: { rule, least, format, image, label, out, json },
    positionals: [path = ''],
    print,
    run,
  }) {
    if ((format === 'coco') !== (extname(out) === '.json'))
      throw usageError(
        `--out got '${out}'; format ${format} takes a ${format === 'coco' ? '.json file' : 'folder'}`,
      );
    await checkOutput(out, [path, ...image]);
    const maps = mapsIn(toFloat32(await readNpy(path)), path);
    if (image.length > 0 && image.length !== maps.length)
      throw usageError(`--image is given ${image.length} times for ${maps.length} maps; one each is needed`);
    const found: (ImageBoxes & { readonly mask: Uint8Array })[] = [];
    for (const [i, map] of maps.entries()) {
      const file = image[i] ?? `map-${i}`;
      const native = image[i] === undefined ? map : await atSizeOf(file, map, run.signal);
      const [height, width] = native.shape as [number, number];
      const threshold = thresholdOf(rule, native);
      found.push({
        ...{ file: basename(file), width, height },
        boxes: heatBoxes(native, threshold, least),
        mask: heatMask(native, threshold, least).data,
      });
    }
    if (format === 'coco') await writeWhole(out, cocoText(found, label));
    else {
      await mkdir(out, { recursive: true });
      for (const one of found)
        await writeWhole(join(out, `${stem(one.file)}${endings[format]}`), bytesOf[format](one, label));
    }
    if (json) return print(JSON.stringify({ out, maps: found.map(({ mask: _, ...one }) => one) }, null, 2));
    const count = found.reduce((sum, { boxes }) => sum + boxes.length, 0);
    print(`${out}: ${count} boxes of '${label}' in ${maps.length} maps (${format})`);
    for (const { file, boxes } of found) print(`${file}: ${boxes.map(shown).join('; ') || 'nothing is hot'}`);
  },
});

const stem = (file: string) => file.slice(0, file.length - extname(file).length);
const endings = { voc: '.xml', yolo: '.txt', mask: '.png' } as const;
const bytesOf = {
  voc: vocText,
  yolo: yoloText,
  mask: ({ mask, width, height }: ImageBoxes & { readonly mask: Uint8Array }) =>
    encodePng({ width, height, bytes: mask.map((one) => 255 * one) }),
};

const shown = ({ x, y, width, height, score }: ScoredBox) =>
  `${x},${y},${width},${height} (${score.toPrecision(3)})`;

/** The maps `[H, W]` of a file. */
function mapsIn(read: Tensor, path: string): Tensor[] {
  const { shape } = read;
  if (shape.length < 2 || shape.length > 4)
    throw inputError(`${path}: has shape [${shape}]; maps are [H, W], [N, H, W] or [N, C, H, W]`);
  if (shape.length === 2) return [read];
  const flat = shape.length === 4 ? reduceChannels(read) : read;
  const size = shape.slice(-2);
  return Array.from({ length: shape[0]! }, (_, i) => ({ data: rows(flat, i, i + 1).data, shape: size }));
}

/** The map at the height and width of an image file. */
async function atSizeOf(file: string, map: Tensor, signal: AbortSignal | undefined): Promise<Tensor> {
  const [height, width] = channelsFirst((await decodeFile(file, { signal })).pixels).shape.slice(-2);
  return resizeBilinear(map, height!, width!);
}
