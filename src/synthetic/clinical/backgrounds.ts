import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { inputError } from '../../base/errors.js';
import { hashOfFile, sha256 } from '../../base/files.js';
import { readOptions } from '../../base/options.js';
import { mapPooled, pooled } from '../../base/pool.js';
import { permutation, seededRandom } from '../../base/random.js';
import type { RunContext } from '../../base/run.js';
import { cxrLungs } from '../../data/datasets/cxr-lungs.js';
import { decodeFile } from '../../data/decode/index.js';
import { listFiles } from '../../data/formats/files.js';
import type { Rectangle } from '../../data/geometry/frame.js';
import type { ImageRecord, Split } from '../../data/record.js';
import { resizeBilinear } from '../../tensor/resize.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { drawPhantom } from '../phantom/index.js';
import { splitOf } from '../problem/problem.js';

/** A chest without insertions. */
export interface Background {
  /** `[size * size]`, 0 black, 1 white. */
  readonly image: Float32Array;
  /** The lungs' boxes in pixels of the image. */
  readonly lungs: readonly Rectangle[];
  readonly patient: string;
  /** All images of a patient are in one split: of five patients one is test and one validation. */
  readonly split: Split;
}

/** The background of each pair of images. */
export type Backgrounds = (pair: number) => Background;

const PERIOD = 5;
/** What is kept around the lungs, as a share of their extent; by how much of a view it is moved at most. */
const [AROUND, MOVED] = [0.12, 0.1];
/** Share of lung from which on a pixel of a phantom is of its lungs. */
const LUNG = 0.4;

/** Phantoms without markers, devices and opacities; each pair has another patient. */
export function phantomBackgrounds(seed: number, size: number): Backgrounds {
  return (pair) => {
    const random = seededRandom(`clinical/${seed}/background/${pair}`);
    const { image, lungs } = drawPhantom(random, size, 'Normal', { objects: false });
    const middle = Math.floor(size / 2);
    return {
      image: image.data,
      lungs: [boxOf(lungs, size, 0, middle), boxOf(lungs, size, middle, size)],
      patient: `phantom-${pair}`,
      split: splitOf(pair, PERIOD),
    };
  };
}

/**
 * The radiographs of the data set `cxr-lungs` below `root`, cut to their lungs. Each pair has another view of
 * the next radiograph, moved by up to a tenth. Throws an input error where none has lung boxes.
 */
export async function radiographBackgrounds(
  root: string,
  seed: number,
  size: number,
  run: RunContext,
): Promise<Backgrounds> {
  const archive = await cxrLungs.read(root, readOptions(cxrLungs.options, {}, 'clinical'), run);
  const records = archive.records.filter(({ boxes }) => boxes.length > 0);
  if (records.length === 0) throw inputError(`${root}: no radiograph has lung boxes; expected cxr-lungs`);
  const random = seededRandom(`clinical/${seed}/radiographs`);
  const patients = [...new Set(records.map(({ patient }) => patient))];
  const rank = permutation(random.fork('patients'), patients.length);
  const order = permutation(random.fork('order'), records.length);
  const room = Math.round(MOVED * size);
  const views = await mapPooled(run, 'reading radiographs', records, async (record) => ({
    view: await viewOf(record, size + room),
    patient: record.patient,
  }));
  return (pair) => {
    const { view, patient } = views[order[pair % views.length]!]!;
    const own = random.fork(pair);
    return {
      ...moved(view, own.below(room + 1), own.below(room + 1), size, size + room),
      patient,
      split: splitOf(rank[patients.indexOf(patient)]!, PERIOD),
    };
  };
}

/** One hash of a `cxr-lungs` folder's files, by their names and contents. Throws where it has no images. */
export async function contentOf(root: string): Promise<string> {
  const images = (await listFiles(join(root, 'images'))).map((file) => join('images', file));
  const files = ['annotations.json', 'annotations/annotations.json', 'metadata.csv', ...images];
  const hashes: (string | undefined)[] = [];
  await pooled(files, availableParallelism(), async (file, index) => {
    hashes[index] = await hashOfFile(join(root, file));
  });
  return sha256(JSON.stringify(files.map((file, i) => [file, hashes[i]])));
}

type View = Pick<Background, 'image' | 'lungs'>;

/** A radiograph, cut to a square around its lungs or to what there is of it, at a side of `side` pixels. */
async function viewOf({ path, boxes }: ImageRecord, side: number): Promise<View> {
  const { pixels, channels } = await decodeFile(path);
  const [height, width] = pixels.shape as [number, number];
  const left = Math.min(...boxes.map(({ x }) => x));
  const top = Math.min(...boxes.map(({ y }) => y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  const extent = Math.max(right - left, bottom - top) * (1 + 2 * AROUND);
  const cut = { width: Math.min(width, Math.round(extent)), height: Math.min(height, Math.round(extent)) };
  const x = clamp(Math.round((left + right - cut.width) / 2), width - cut.width);
  const y = clamp(Math.round((top + bottom - cut.height) / 2), height - cut.height);
  const grey = new Float32Array(cut.width * cut.height);
  for (let i = 0; i < grey.length; i++) {
    const at = (y + Math.floor(i / cut.width)) * width + x + (i % cut.width);
    for (let c = 0; c < channels; c++) grey[i]! += pixels.data[at * channels + c]! / channels;
  }
  const [sx, sy] = [side / cut.width, side / cut.height];
  return {
    image: shrunk(tensor(grey, [cut.height, cut.width]), side).data,
    lungs: boxes.map((box) => ({
      x: (box.x - x) * sx,
      y: (box.y - y) * sy,
      width: box.width * sx,
      height: box.height * sy,
    })),
  };
}

/** The mean of the pixels that a new one covers; interpolated where it is no wider than one. */
function shrunk(image: Tensor, side: number): Tensor {
  const [height, width] = image.shape as [number, number];
  if (Math.min(height, width) <= side) return resizeBilinear(image, side, side);
  const out = new Float32Array(side * side);
  for (let i = 0; i < out.length; i++) {
    const [top, bottom] = covered(Math.floor(i / side), height / side);
    const [left, right] = covered(i % side, width / side);
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++) out[i]! += image.data[y * width + x]!;
    out[i]! /= (bottom - top) * (right - left);
  }
  return tensor(out, [side, side]);
}

const covered = (at: number, factor: number) =>
  [Math.floor(at * factor), Math.ceil((at + 1) * factor)] as const;

function moved({ image, lungs }: View, x: number, y: number, size: number, side: number): View {
  const out = new Float32Array(size * size);
  for (let i = 0; i < out.length; i++) out[i] = image[(y + Math.floor(i / size)) * side + x + (i % size)]!;
  return {
    image: out,
    lungs: lungs.map((box) => within({ ...box, x: box.x - x, y: box.y - y }, size)),
  };
}

/** The part of a box that is in the image. */
function within({ x, y, width, height }: Rectangle, size: number): Rectangle {
  const [left, top] = [clamp(x, size), clamp(y, size)];
  return {
    x: left,
    y: top,
    width: clamp(x + width, size) - left,
    height: clamp(y + height, size) - top,
  };
}

const clamp = (value: number, most: number) => Math.min(Math.max(value, 0), most);

/** The box around the pixels of lung between two columns. */
function boxOf(lungs: Float32Array, size: number, from: number, to: number): Rectangle {
  let [left, top, right, bottom] = [to, size, from, 0];
  for (let y = 0; y < size; y++) {
    for (let x = from; x < to; x++) {
      if (lungs[y * size + x]! < LUNG) continue;
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x + 1);
      bottom = y + 1;
    }
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}
