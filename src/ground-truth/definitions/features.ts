import { inputError } from '../../base/errors.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { decodeFile } from '../../data/decode/index.js';
import type { ImageRecord } from '../../data/record.js';

/** The numbers that definitions of importance are estimated from: a row for each image. */
export interface Features {
  /** `[count, width]`, row by row. */
  readonly values: Float64Array;
  readonly count: number;
  readonly width: number;
}

/** The features of a problem's images, and which of them each pixel is. */
export interface ProblemFeatures extends Features {
  /** Class of each image, 0 or 1. */
  readonly labels: Uint8Array;
  /** Index of the feature of each pixel `[H * W]`. */
  readonly featureOf: Uint16Array;
}

/** At most so many features: larger images are averaged over square blocks. */
export const mostFeatures = 256;

/**
 * Reads images of one size and two classes. A feature is a pixel, or the mean of a block of pixels where
 * there are more than 256; pixels that are equal in every image are one feature. Throws an input error for
 * images of another number of classes.
 */
export async function featuresOf(
  records: readonly ImageRecord[],
  height: number,
  width: number,
  run: RunContext,
): Promise<ProblemFeatures> {
  const classes = [...new Set(records.map(({ attributes }) => attributes?.class))].sort();
  if (classes.length !== 2)
    throw inputError(`definitions of importance compare two classes; the images have ${classes.length}`);
  const side = Math.ceil(Math.sqrt((height * width) / mostFeatures));
  const columns = Math.ceil(width / side);
  const blockOf = Uint16Array.from(
    { length: height * width },
    (_, i) => Math.floor(Math.floor(i / width) / side) * columns + Math.floor((i % width) / side),
  );
  const blocks = Math.ceil(height / side) * columns;
  const areas = new Float64Array(blocks);
  for (const block of blockOf) areas[block]!++;
  const rows = new Float64Array(records.length * blocks);
  const step = run.progress.start('reading the images of a problem', records.length);
  for (const [n, { path }] of records.entries()) {
    if (n % 16 === 0) await checkpoint(run);
    const { data } = (await decodeFile(path)).pixels;
    for (let i = 0; i < blockOf.length; i++)
      rows[n * blocks + blockOf[i]!]! += data[i]! / areas[blockOf[i]!]!;
    step.advance();
  }
  step.done();
  const { values, columnOf } = distinctColumns(rows, records.length, blocks);
  return {
    values,
    count: records.length,
    width: values.length / records.length,
    labels: Uint8Array.from(records, ({ attributes }) => classes.indexOf(attributes?.class)),
    featureOf: blockOf.map((block) => columnOf[block]!),
  };
}

/** Keeps the first of the columns that are equal in every row. */
function distinctColumns(rows: Float64Array, count: number, width: number) {
  const known = new Map<string, number>();
  const kept: number[] = [];
  const columnOf = Uint16Array.from({ length: width }, (_, j) => {
    const column = Float64Array.from({ length: count }, (_, n) => rows[n * width + j]!);
    const key = Buffer.from(column.buffer).toString('latin1');
    const at = known.get(key) ?? kept.push(j) - 1;
    known.set(key, at);
    return at;
  });
  const values = new Float64Array(count * kept.length);
  for (let n = 0; n < count; n++) {
    for (const [at, j] of kept.entries()) values[n * kept.length + at] = rows[n * width + j]!;
  }
  return { values, columnOf };
}
