import type { Tensor } from '../../tensor/tensor.js';
import type { Rectangle } from '../geometry/frame.js';
import { forwardBox, intersection } from '../geometry/points.js';
import { type Prepared, readImage, readPrepared } from '../prepare/open.js';
import type { Decode } from '../prepare/pictures/source.js';
import { readSources } from '../prepare/pictures/sources.js';
import { isPart, needsSources } from '../prepare/shown-whole.js';
import type { ImageRecord } from '../record.js';
import type { Transform } from '../sample.js';
import { type AuditInput, labelsOf, type Parts } from './checks/audited.js';

/** What tasks make of images that they take apart. */
const units: Readonly<Record<string, Parts['unit']>> = { tiles: 'tile', crops: 'crop' };

/**
 * A prepared set as input of an audit. The records are its input images with their splits, without the
 * padding beside them; `pictures` are the source images where it shows less of them than their prints.
 * `decode` reads the prepared images. The name comes from the manifest.
 */
export async function auditPrepared(dir: string): Promise<AuditInput & { readonly decode: Decode }> {
  const prepared = await readPrepared(dir);
  const { name, task, classes, image: form, problems } = prepared.manifest;
  const shown = prepared.rows.map(({ transform }) => shownPart(transform, form));
  const isStated = prepared.rows.every(({ boxes }) => boxes.every(({ label }) => classes.includes(label)));
  const records = prepared.rows.map(({ row, id, patient, split, labels, boxes, transform, site }, i) => {
    const { x, y, width, height } = shown[i]!;
    const record: ImageRecord = {
      id,
      patient,
      split,
      site,
      path: dir,
      frame: row,
      width,
      height,
      boxes: boxes.flatMap((box) => {
        const part = intersection(forwardBox(transform, box), shown[i]!);
        return part ? [{ ...part, x: part.x - x, y: part.y - y, label: box.label }] : [];
      }),
      regions: [],
      ...(isStated && { findings: labels.map((label) => classes[label]!) }),
    };
    return record;
  });
  const parts = new Map(prepared.rows.map(({ row }, i) => [row, shown[i]!]));
  const of = new Set(prepared.rows.map(({ image }) => image)).size;
  const unit = units[task];
  return {
    archive: { name, findings: classes, records, problems },
    classes: new Map(prepared.rows.map(({ id, labels }) => [id, labels.map((label) => classes[label]!)])),
    ...(unit && { parts: { unit, of } }),
    ...(await sourcesOf(prepared, records)),
    decode: async (_, { frame = 0 } = {}) => ({
      pixels: channelsLast(readImage(prepared, frame), parts.get(frame)!),
    }),
  };
}

/**
 * The source images of a set that shows less of them than their prints, or what is compared where it has no
 * prints.
 */
async function sourcesOf(
  { dir, manifest, rows }: Prepared,
  records: readonly ImageRecord[],
): Promise<Pick<AuditInput, 'pictures' | 'doubt'>> {
  const { name: dataset, image: input } = manifest;
  if (!needsSources(rows, input)) return {};
  const prints = await readSources(dir);
  const isCut = rows.some(({ transform }) => isPart(transform, input));
  if (prints === undefined) {
    const again = 'as an older version prepared it: run its data prepare again';
    return isCut
      ? { pictures: [], doubt: `the pictures of its tiles are not compared, ${again}` }
      : { doubt: `pictures are compared at ${input.width}x${input.height} pixels, ${again}` };
  }
  const firsts = new Map(rows.map((row, i) => [`${row.image} ${row.split}`, { row, record: records[i]! }]));
  const pictures = [...firsts.values()].map(({ row: { id, image, patient, split }, record }) => ({
    dataset,
    record: { id: isCut ? image : id, patient },
    split,
    ...(!isCut && { labels: labelsOf(record) }),
    print: prints.get(image),
  }));
  return { pictures };
}

/** The part of an input image that shows the picture, in whole pixels. */
function shownPart(
  transform: Transform,
  input: { readonly width: number; readonly height: number },
): Rectangle {
  const { originalWidth: width, originalHeight: height } = transform;
  const whole = { x: 0, y: 0, width: input.width, height: input.height };
  const part = intersection(forwardBox(transform, { x: 0, y: 0, width, height }), whole) ?? whole;
  const [x, y] = [Math.round(part.x), Math.round(part.y)];
  return {
    x,
    y,
    width: Math.max(1, Math.round(part.x + part.width) - x),
    height: Math.max(1, Math.round(part.y + part.height) - y),
  };
}

/** The part of `[C, H, W]` as `[H, W]` or `[H, W, C]`. */
function channelsLast({ data, shape }: Tensor, { x, y, width, height }: Rectangle) {
  const [channels, rows, columns] = shape as [number, number, number];
  const out = new Float32Array(height * width * channels);
  for (let i = 0; i < out.length; i++) {
    const pixel = Math.floor(i / channels);
    const at = (y + Math.floor(pixel / width)) * columns + x + (pixel % width);
    out[i] = data[(i % channels) * rows * columns + at]!;
  }
  return { data: out, shape: channels === 1 ? [height, width] : [height, width, channels] };
}
