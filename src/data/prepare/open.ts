import { closeSync, openSync, readSync } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError } from '../../base/errors.js';
import { sha256 } from '../../base/files.js';
import { parseJson } from '../../base/json.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { Split } from '../record.js';
import type { Sample, Task } from '../sample.js';
import { unpackBits } from './evidencemask.js';
import { arrayNames, files, imageBytes, type Manifest, maskBytes, type PreparedRow } from './layout.js';
import { hashAt, readManifest } from './prepare.js';
import { tableSchema } from './schemas.js';

export interface Prepared {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly rows: readonly PreparedRow[];
}

/**
 * Reads the manifest and table of a prepared set. Throws where there is none or where its files do not match.
 */
export async function readPrepared(dir: string): Promise<Prepared> {
  const manifest = await readManifest(dir);
  if (manifest === undefined) {
    throw inputError(
      `${dir} holds no prepared set (no ${files.manifest}); an interrupted one has to be prepared to its end`,
    );
  }
  const table = join(dir, files.table);
  const text = await readFile(table, 'utf8');
  if (sha256(text) !== manifest.table) throw inputError(`${table} is not the table of its manifest`);
  const names = arrayNames(manifest.image);
  await checkLength(join(dir, names.images), manifest.rows * imageBytes(manifest.image));
  await checkLength(join(dir, names.masks), manifest.rows * maskBytes(manifest.image));
  return { dir, manifest, rows: parseJson(text, tableSchema, table) };
}

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
  return {
    name: manifest.name,
    classes: manifest.classes,
    multiLabel: manifest.multiLabel,
    inputShape: [channels, height, width],
    train: of('train'),
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

/** Verifies the checksum of every chunk. Throws for the first mismatch. */
export async function verifyPrepared(dir: string): Promise<void> {
  const { manifest } = await readPrepared(dir);
  const names = arrayNames(manifest.image);
  for (const [kind, bytes] of [
    ['images', imageBytes(manifest.image)],
    ['masks', maskBytes(manifest.image)],
  ] as const) {
    const path = join(dir, names[kind]);
    const file = await open(path, 'r');
    try {
      for (const [index, chunk] of manifest.chunks.entries()) {
        const from = index * manifest.chunkRows;
        const rows = Math.min(manifest.chunkRows, manifest.rows - from);
        if ((await hashAt(file, from * bytes, rows * bytes)) !== chunk[kind]) {
          throw inputError(`${path}: rows ${from} to ${from + rows - 1} do not match their checksum`);
        }
      }
    } finally {
      await file.close();
    }
  }
}

function lazySample(prepared: Prepared, row: PreparedRow): Sample {
  const { id, patient, split, labels, boxes, transform } = row;
  return {
    id,
    patient,
    split,
    labels,
    boxes,
    transform,
    get image() {
      return readImage(prepared, row.row);
    },
    get mask() {
      return row.mask ? readMask(prepared, row.row) : undefined;
    },
  };
}

/** Image of a row: `[C, H, W]` in [0, 1]. */
export function readImage({ dir, manifest }: Prepared, row: number): Tensor {
  const { channels, height, width, bits } = manifest.image;
  const bytes = readAt(join(dir, arrayNames(manifest.image).images), row, imageBytes(manifest.image));
  const values = bits === 16 ? new Uint16Array(bytes.buffer) : bytes;
  const data = new Float32Array(values.length);
  const most = bits === 16 ? 65535 : 255;
  for (let i = 0; i < data.length; i++) data[i] = values[i]! / most;
  return tensor(data, [channels, height, width]);
}

function readMask({ dir, manifest }: Prepared, row: number): Tensor<Uint8Array> {
  const { height, width } = manifest.image;
  const packed = readAt(join(dir, arrayNames(manifest.image).masks), row, maskBytes(manifest.image));
  return tensor(unpackBits(packed, height * width), [height, width]);
}

function readAt(path: string, row: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const file = openSync(path, 'r');
  try {
    if (readSync(file, bytes, 0, length, row * length) !== length) {
      throw inputError(`${path} ends before row ${row}`);
    }
  } finally {
    closeSync(file);
  }
  return bytes;
}

async function checkLength(path: string, length: number): Promise<void> {
  const { size } = await stat(path);
  if (size !== length) throw inputError(`${path} has ${size} bytes; its manifest says ${length}`);
}
