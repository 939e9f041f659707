import { mkdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { inputError, usageError } from '../../base/errors.js';
import { checkOutput, writeWhole } from '../../base/files.js';
import { choice, flag, integer, number, type Option, optional, text } from '../../base/options.js';
import { decodeFile } from '../../data/decode/index.js';
import { readCoco } from '../../data/formats/coco.js';
import {
  cocoText,
  type ImageBoxes,
  type ScoredBox,
  vocText,
  yoloText,
} from '../../data/formats/write-boxes.js';
import { original, type Rectangle } from '../../data/geometry/index.js';
import { detectionOf } from '../../evaluation/localisation/detection.js';
import { heatBoxes, heatMask } from '../../evaluation/localisation/heat-boxes.js';
import { encodePng } from '../../figures/png.js';
import { channelsFirst } from '../../tensor/channels.js';
import { mapLayouts, withChannelsFirst } from '../../tensor/map-layout.js';
import { readNpy } from '../../tensor/npy.js';
import { otsuThreshold } from '../../tensor/otsu.js';
import { extent, quantile } from '../../tensor/quantile.js';
import { reduceChannels } from '../../tensor/reduce.js';
import { rows, type Tensor, type TypedArray, toFloat32 } from '../../tensor/tensor.js';
import { command } from '../command.js';
import { type NativeMap, nativeMap, readTransforms, transformTo } from '../native-map.js';
import { words } from '../several-inputs.js';

/** A rule for the threshold of a map `[H, W]`. */
type Rule = readonly [name: 'max' | 'quantile' | 'value', at: number] | readonly ['otsu'];

const ruleOption: Option<Rule, string> = {
  doc: "what is hot: above a share of the map's maximum (max:0.5), a quantile (quantile:0.95), a value (value:0.1), or Otsu's threshold, the centre of one of 256 bins as in scikit-image (otsu)",
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

/** What a map has of its own that no box can be drawn of it by a rule, if anything. */
function whyNone(rule: Rule, map: Tensor, native: Tensor): string | undefined {
  const broken = map.data.reduce((count, value) => count + Number(!Number.isFinite(value)), 0);
  if (broken > 0) return `${broken} of the map's ${map.data.length} values are NaN or infinite`;
  const { low, high } = extent(native.data);
  if (rule[0] === 'value') return undefined;
  if (low === high) return high === 0 ? 'the map is zero everywhere' : 'the map is flat';
  return rule[0] === 'max' && high <= 0 ? 'the map has no positive value' : undefined;
}

const formats = ['coco', 'voc', 'yolo', 'mask'] as const;

export const boxesCommand = command({
  name: 'boxes',
  summary: 'Writes the boxes around the hot parts of maps, or their mask, at the resolution of the images.',
  positionals: [
    {
      name: 'MAP',
      doc: 'maps as .npy: [H, W], [N, H, W], or [N, C, H, W] or [N, H, W, C], whose channels are summed',
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
    layout: optional(choice(mapLayouts, { doc: 'the layout of maps of four axes', default: 'NCHW' })),
    image: words({ doc: "the map's image or DICOM file, one for each map: the boxes are in its pixels" }),
    fit: choice(['stretch', 'letterbox'], {
      doc: "how the image was brought to the map's shape: each axis by itself, or fitted in and padded",
      default: 'stretch',
    }),
    crop: words({
      doc: 'the part of the image that the model saw, x,y,width,height: one for all, or for each',
    }),
    geometry: optional(
      text({
        doc: 'instead of these a .json list with the transform of each map, such as rows of the table of a prepared set',
        default: '',
      }),
    ),
    truth: optional(
      text({ doc: 'annotated boxes (COCO .json), which those found are scored against', default: '' }),
    ),
    overlap: number({
      doc: 'intersection over union from which a found box is right',
      default: 0.5,
      min: 0.01,
      max: 1,
    }),
    label: text({ doc: 'the class of the boxes', default: 'finding' }),
    out: text({ doc: 'the .json file, or the folder', default: '' }),
    json: flag({ doc: 'print the boxes of each map as JSON', default: false }),
  },
  required: ['out'],
  examples: [
    'sightline boxes map.npy --image chest.dcm --label pneumonia --out boxes.json',
    'sightline boxes maps.npy --image a.dcm --image b.dcm --fit letterbox --truth annotations.json --out boxes.json',
    'sightline boxes map.npy --rule otsu --least 20 --format mask --out masks',
  ],
  async run({
    flags: { rule, least, format, layout, image, fit, crop, geometry, truth, overlap, label, out, json },
    positionals: [path = ''],
    print,
    run,
  }) {
    if ((format === 'coco') !== (extname(out) === '.json'))
      throw usageError(
        `--out got '${out}'; format ${format} takes a ${format === 'coco' ? '.json file' : 'folder'}`,
      );
    await checkOutput(out, [path, ...image, ...(truth === undefined ? [] : [truth])]);
    const maps = mapsIn(withChannelsFirst(await readNpy(path), layout), path);
    if (image.length > 0 && image.length !== maps.length)
      throw usageError(`--image is given ${image.length} times for ${maps.length} maps; one each is needed`);
    const crops = crop.map(rectangleOf);
    if (crops.length > 1 && crops.length !== maps.length)
      throw usageError(`--crop is given ${crops.length} times for ${maps.length} maps`);
    if (crops.length > 0 && image.length === 0) throw usageError('--crop takes --image too');
    const given = geometry === undefined ? undefined : await readTransforms(geometry, maps.length);
    const found: FoundBoxes[] = [];
    for (const [i, map] of maps.entries()) {
      const shape = map.shape as [number, number];
      const own = image[i];
      const transform =
        given?.[i] ??
        (own === undefined
          ? original(shape[1], shape[0]).transform
          : transformTo(...(await sizeIn(own, run.signal)), { fit, crop: crops[i] ?? crops[0] }, shape));
      const native = nativeMap(map, transform);
      const why = whyNone(rule, map, native.map);
      const threshold = why === undefined ? thresholdOf(rule, native.map) : Number.POSITIVE_INFINITY;
      const { width, height, part } = native;
      const boxes = heatBoxes(native.map, threshold, least).map((box) => ({
        ...box,
        ...{ x: box.x + part.x, y: box.y + part.y },
      }));
      found.push({
        ...{ file: basename(own ?? `map-${i}`), width, height, boxes },
        ...(boxes.length === 0 && { reason: why ?? tooFew(threshold, native.map, least) }),
        mask: onWhole(native, heatMask(native.map, threshold, least).data),
      });
    }
    if (format === 'coco') await writeWhole(out, cocoText(found, label));
    else {
      await mkdir(out, { recursive: true });
      for (const one of found)
        await writeWhole(join(out, `${stem(one.file)}${endings[format]}`), bytesOf[format](one, label));
    }
    const scores = truth === undefined ? undefined : await scoredBy(truth, found, overlap);
    if (json) {
      const told = { out, maps: found.map(({ mask: _, ...one }) => one), scores };
      return print(JSON.stringify(told, null, 2));
    }
    const count = found.reduce((sum, { boxes }) => sum + boxes.length, 0);
    print(`${out}: ${count} boxes of '${label}' in ${maps.length} maps (${format})`);
    for (const { file, boxes, reason } of found)
      print(`${file}: ${boxes.map(shown).join('; ') || `nothing is hot: ${reason}`}`);
    if (scores)
      print(
        `against ${scores.annotated} annotated boxes (intersection over union ${overlap}): average precision ${scores.averagePrecision.toFixed(3)}, mean sensitivity at 1/8 to 8 false boxes per image ${scores.meanSensitivity.toFixed(3)}`,
      );
  },
});

interface FoundBoxes extends ImageBoxes {
  readonly mask: Uint8Array;
  /** Why there is no box. */
  readonly reason?: string;
}

/** Why no part of a map that could have boxes is one. */
function tooFew(threshold: number, { data }: Tensor, least: number): string {
  const { high } = extent(data);
  const above = Number(threshold.toPrecision(3));
  return high > threshold
    ? `no part above ${above} has ${least} pixels`
    : `no value is above ${above}; the greatest is ${Number(high.toPrecision(3))}`;
}

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
function mapsIn(given: Tensor<TypedArray>, path: string): Tensor[] {
  const read = toFloat32(given);
  const { shape } = read;
  if (shape.length < 2 || shape.length > 4)
    throw inputError(`${path}: has shape [${shape}]; maps are [H, W], [N, H, W] or [N, C, H, W]`);
  if (shape.length === 2) return [read];
  const flat = shape.length === 4 ? reduceChannels(read) : read;
  const size = shape.slice(-2);
  return Array.from({ length: shape[0]! }, (_, i) => ({ data: rows(flat, i, i + 1).data, shape: size }));
}

/** The width and height of an image file. */
async function sizeIn(file: string, signal: AbortSignal | undefined): Promise<[number, number]> {
  const [height, width] = channelsFirst((await decodeFile(file, { signal })).pixels).shape.slice(-2);
  return [width!, height!];
}

function rectangleOf(given: string): Rectangle {
  const [x, y, width, height, ...more] = given.split(',').map((part) => Number(part || Number.NaN));
  const fits = more.length === 0 && [x, y, width, height].every(Number.isFinite) && width! > 0 && height! > 0;
  if (!fits) throw usageError(`--crop got '${given}'; it takes x,y,width,height`);
  return { x: x!, y: y!, width: width!, height: height! };
}

/** A mask of the part that the model saw, on the whole image. */
function onWhole({ width, height, part }: NativeMap, mask: Uint8Array): Uint8Array {
  const whole = new Uint8Array(width * height);
  for (let y = 0; y < part.height; y++)
    whole.set(mask.subarray(y * part.width, (y + 1) * part.width), (part.y + y) * width + part.x);
  return whole;
}

/** The boxes found beside the annotated ones of the images with the same names. */
async function scoredBy(truth: string, found: readonly ImageBoxes[], overlap: number) {
  const { images, problems = [] } = await readCoco(truth);
  if (problems.length > 0) throw inputError(`${truth}: ${problems[0]!.image}: ${problems[0]!.problem}`);
  const byName = new Map(images.map(({ file, boxes }) => [basename(file), boxes]));
  if (!found.some(({ file }) => byName.has(file)))
    throw inputError(
      `${truth}: annotates none of ${found.map(({ file }) => file).join(', ')}; boxes are matched by the names of --image`,
    );
  const detected = found.map(({ file, boxes }) => ({ found: boxes, annotated: byName.get(file) ?? [] }));
  const count = detected.reduce((sum, { annotated }) => sum + annotated.length, 0);
  const { averagePrecision, meanSensitivity, froc } = detectionOf(detected, overlap);
  return { overlap, annotated: count, averagePrecision, meanSensitivity, froc };
}
