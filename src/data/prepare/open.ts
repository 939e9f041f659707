import { closeSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { inputError } from '../../base/errors.js';
import { openRegular, openRegularSync, readBytes, sha256 } from '../../base/files.js';
import { maximumJson, parseJson } from '../../base/json.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { inputMaskOfBoxes, union } from '../geometry/mask.js';
import { maskOfRuns } from '../geometry/runs.js';
import type { Box, Split } from '../record.js';
import type { Sample, Task } from '../sample.js';
import { unitsOf } from '../units.js';
import { unpackBits } from './evidencemask.js';
import { arrayNames, files, imageBytes, type Manifest, maskBytes, type PreparedRow } from './layout.js';
import { contentHashOf, readManifest } from './manifest.js';
import { tableSchema } from './schemas.js';

export interface Prepared {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly rows: readonly PreparedRow[];
  /** The chunks whose checksums were verified. */
  readonly verified: Readonly<Record<Kind, Set<number>>>;
}

type Kind = 'images' | 'masks';

/**
 * Reads the manifest and table of a prepared set. Throws where there is none or where its files do not match.
 * A chunk's checksum is verified when one of its rows is first read.
 */
export async function readPrepared(dir: string): Promise<Prepared> {
  const manifest = await readManifest(dir);
  if (manifest === undefined) {
    throw inputError(
      `${dir} holds no prepared set (no ${files.manifest}); an interrupted one has to be prepared to its end`,
    );
  }
  const table = join(dir, files.table);
  const text = (await readBytes(table, maximumJson)).toString('utf8');
  if (sha256(text) !== manifest.table) throw inputError(`${table} is not the table of its manifest`);
  if (contentHashOf(manifest) !== manifest.contentHash)
    throw inputError(
      `${join(dir, files.manifest)}: its classes or checksums are not those that were prepared: prepare the set again`,
    );
  for (const kind of ['images', 'masks'] as const) {
    const path = arrayPath(dir, manifest, kind);
    const { file, size } = await openRegular(path);
    await file.close();
    const length = manifest.rows * rowBytes(manifest, kind);
    if (size !== length) throw inputError(`${path} has ${size} bytes; its manifest says ${length}`);
  }
  const rows = parseJson(text, tableSchema, table);
  checkRows(rows, manifest, table);
  return { dir, manifest, rows, verified: { images: new Set(), masks: new Set() } };
}

/** Throws where a row lies outside the arrays or has labels that are no classes. */
function checkRows(
  rows: readonly PreparedRow[],
  { classes, multiLabel, regression, ...manifest }: Manifest,
  table: string,
) {
  for (const [i, { row, labels, value }] of rows.entries()) {
    const where = `${table}: [${i}]`;
    if (row >= manifest.rows) throw inputError(`${where}.row: got ${row}; the arrays have ${manifest.rows}`);
    const isClass = (label: number) => Number.isInteger(label) && label >= 0 && label < classes.length;
    if (!labels.every(isClass) || (!multiLabel && labels.length !== 1))
      throw inputError(
        `${where}.labels: got [${labels}]; it takes ${multiLabel ? 'numbers' : 'one number'} of the ${classes.length} classes, from 0`,
      );
    if (regression && value === undefined) throw inputError(`${where}.value: lacks the number to predict`);
  }
}

const arrayPath = (dir: string, { image }: Manifest, kind: Kind) => join(dir, arrayNames(image)[kind]);

const rowBytes = ({ image }: Manifest, kind: Kind) =>
  kind === 'images' ? imageBytes(image) : maskBytes(image);

/**
 * Opens a prepared set as a task. Samples read image and mask from disk on every access. Throws where `dir`
 * holds no prepared set.
 */
export async function openPrepared(dir: string): Promise<Task> {
  const prepared = await readPrepared(dir);
  const { manifest, rows } = prepared;
  const { channels, height, width } = manifest.image;
  const of = (split: Split) =>
    rows.filter((row) => row.split === split).map((row) => lazySample(prepared, row));
  const train = of('train');
  return {
    name: manifest.name,
    classes: manifest.classes,
    multiLabel: manifest.multiLabel,
    ...(manifest.regression && { regression: unitsOf(train.map(({ value }) => value!)) }),
    inputShape: [channels, height, width],
    train,
    validation: of('validation'),
    test: of('test'),
    provenance: {
      dataset: manifest.dataset,
      task: manifest.task,
      taskOptions: manifest.taskOptions,
      split: manifest.split,
      seed: manifest.seed,
      contentHash: manifest.contentHash,
    },
  };
}

/** Verifies the checksum of every chunk of a set, and returns it. Throws for the first mismatch. */
export async function verifyPrepared(dir: string): Promise<Prepared> {
  const prepared = await readPrepared(dir);
  const { rows, chunkRows } = prepared.manifest;
  for (const kind of ['images', 'masks'] as const)
    for (let row = 0; row < rows; row += chunkRows) readRow(prepared, kind, row);
  return prepared;
}

function lazySample(prepared: Prepared, row: PreparedRow): Sample {
  const { id, patient, split, labels, value, boxes, transform, spacing, anatomy, site } = row;
  return {
    id,
    patient,
    split,
    labels,
    ...(value !== undefined && { value }),
    boxes,
    transform,
    ...(spacing && { spacing }),
    ...(anatomy && { anatomy }),
    ...(site !== undefined && { site }),
    get image() {
      return readImage(prepared, row.row);
    },
    get mask() {
      return row.mask ? readMask(prepared, row.row) : undefined;
    },
    get findings() {
      return prepared.manifest.multiLabel ? findingsOf(prepared, row, this.mask) : undefined;
    },
  };
}

/** What is annotated of each label of a row. */
function findingsOf(
  { dir, manifest }: Prepared,
  { id, labels, boxes, transform, runs }: PreparedRow,
  whole: Sample['mask'],
): Sample['findings'] {
  const { height, width } = manifest.image;
  const maskOf = (own: readonly Box[], i: number) => {
    if (labels.length === 1) return whole;
    if (runs) return runs[i] ? maskOfRuns({ runs: runs[i], order: 'rows' }, height, width) : undefined;
    return own.length > 0 ? inputMaskOfBoxes(own, transform, height, width) : undefined;
  };
  const found = labels.map((label, i) => {
    const own = boxes.filter((box) => box.label === manifest.classes[label]);
    const mask = maskOf(own, i);
    return { boxes: own, ...(mask && { mask }) };
  });
  const known = union(
    found.flatMap(({ mask }) => mask ?? []),
    height,
    width,
  );
  if (whole?.data.some((value, p) => value !== known.data[p]))
    throw inputError(`${dir} does not tell the masks of the findings of ${id} apart: prepare the set again`);
  return found;
}

/** Image of a row: `[C, H, W]` in [0, 1]. */
export function readImage(prepared: Prepared, row: number): Tensor {
  const { channels, height, width, bits } = prepared.manifest.image;
  const bytes = readRow(prepared, 'images', row);
  const values = bits === 16 ? new Uint16Array(bytes.buffer) : bytes;
  const data = new Float32Array(values.length);
  const most = bits === 16 ? 65535 : 255;
  for (let i = 0; i < data.length; i++) data[i] = values[i]! / most;
  return tensor(data, [channels, height, width]);
}

function readMask(prepared: Prepared, row: number): Tensor<Uint8Array> {
  const { height, width } = prepared.manifest.image;
  const packed = readRow(prepared, 'masks', row);
  return tensor(unpackBits(packed, height * width), [height, width]);
}

/** The bytes of a row. Verifies the checksum of a chunk when one of its rows is first read. */
function readRow({ dir, manifest, verified }: Prepared, kind: Kind, row: number): Uint8Array {
  const path = arrayPath(dir, manifest, kind);
  const bytes = rowBytes(manifest, kind);
  const { chunkRows, chunks } = manifest;
  const chunk = Math.floor(row / chunkRows);
  if (verified[kind].has(chunk)) return readAt(path, row * bytes, bytes);
  const from = chunk * chunkRows;
  const rows = Math.min(chunkRows, manifest.rows - from);
  const whole = readAt(path, from * bytes, rows * bytes);
  if (sha256(whole) !== chunks[chunk]?.[kind])
    throw inputError(
      `${path}: rows ${from} to ${from + rows - 1} do not match their checksum: prepare the set again`,
    );
  verified[kind].add(chunk);
  return whole.slice((row - from) * bytes, (row - from + 1) * bytes);
}

function readAt(path: string, position: number, length: number): Uint8Array {
  const { file } = openRegularSync(path);
  try {
    const bytes = new Uint8Array(length);
    if (readSync(file, bytes, 0, length, position) === length) return bytes;
    throw inputError(`${path} ends before byte ${position + length}`);
  } finally {
    closeSync(file);
  }
}
