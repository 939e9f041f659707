import { boxesOnInput } from '../geometry/shown.js';
import { readImage, readPrepared } from '../prepare/open.js';
import type { Decode } from '../prepare/pictures/source.js';
import { readSources } from '../prepare/pictures/sources.js';
import type { ImageRecord } from '../record.js';
import type { AuditInput } from './checks/audited.js';

/**
 * A prepared set as input of an audit. The records are its input images with their splits; `pictures` are the
 * source images. `decode` reads the prepared images. The name comes from the manifest.
 */
export async function auditPrepared(dir: string): Promise<AuditInput & { readonly decode: Decode }> {
  const prepared = await readPrepared(dir);
  const { name, classes, image: form, problems } = prepared.manifest;
  const { channels, height, width } = form;
  const shown = { image: { data: new Float32Array(0), shape: [channels, height, width] } };
  const isStated = prepared.rows.every(({ boxes }) => boxes.every(({ label }) => classes.includes(label)));
  const records = prepared.rows.map(({ row, id, patient, split, labels, boxes, transform, site }) => {
    const record: ImageRecord = {
      id,
      patient,
      split,
      site,
      path: dir,
      frame: row,
      width,
      height,
      boxes: boxesOnInput({ ...shown, boxes, transform }),
      regions: [],
      ...(isStated && { findings: labels.map((label) => classes[label]!) }),
    };
    return record;
  });
  const prints = await readSources(dir);
  const firsts = new Map(prepared.rows.map((row) => [`${row.image} ${row.split}`, row]));
  const pictures = [...firsts.values()].map(({ image, patient, split }) => ({
    dataset: name,
    record: { id: image, patient },
    split,
    print: prints?.get(image),
  }));
  return {
    archive: { name, findings: classes, records, problems },
    ...(prints && { pictures }),
    decode: async (_, { frame = 0 } = {}) => ({ pixels: channelsLast(readImage(prepared, frame)) }),
  };
}

/** Converts `[C, H, W]` to `[H, W]` or `[H, W, C]`. */
function channelsLast({ data, shape }: ReturnType<typeof readImage>) {
  const [channels, height, width] = shape as [number, number, number];
  if (channels === 1) return { data, shape: [height, width] };
  const area = height * width;
  const out = data.map((_, i) => data[(i % channels) * area + Math.floor(i / channels)]!);
  return { data: out, shape: [height, width, channels] };
}
