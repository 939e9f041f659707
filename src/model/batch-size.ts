import type { Engine } from '../engine/engine.js';
import { isOutOfMemory } from '../engine/gpu/memory.js';
import { isGpuProvider } from '../engine/gpu/prepare.js';
import type { Shapes } from '../graph/shapes.js';
import { sizeOf } from '../tensor/tensor.js';
import type { Classifier } from './classifier.js';
import { keptPrograms, releasePrograms } from './programs.js';

type Sized = Pick<Classifier, 'shapes' | 'precision' | 'engine'>;

/**
 * Largest size of one run's forward values in one session; a backward pass about doubles it. On the CPU more
 * than a few samples are no faster: a run that takes more memory than `enoughBytes` has at most
 * `enoughSamples`. In double even one sample fills a core.
 */
const mostBytes = 320 * 2 ** 20;
const enoughBytes = 64 * 2 ** 20;
const enoughSamples = 16;
const mostSamples = 256;

/** Largest number of samples in one run: enough to fill a core or a GPU, with bounded memory. */
export function batchSizeOf({ shapes, precision, engine }: Sized): number {
  const known = sizes.get(shapes) ?? valuesOfOne(shapes);
  sizes.set(shapes, known);
  if (isGpuProvider(engine.name)) return batchOnGpu(engine, 4 * known);
  const within = (bytes: number) => Math.floor(bytes / (4 * known));
  // A convolution in double stores the inputs of all taps, about 16 times what it stores in single precision.
  if (precision === 'float64') return Math.min(mostSamples, Math.max(1, within(enoughBytes / 16)));
  const most = Math.min(mostSamples, Math.max(1, within(mostBytes)));
  return engine.name === 'cpu' ? Math.min(most, Math.max(enoughSamples, within(enoughBytes))) : most;
}

const sizes = new WeakMap<Shapes, number>();

/** Number of values that a forward pass computes for one sample. */
function valuesOfOne(shapes: Shapes): number {
  let sum = 1;
  for (const { dims, batchAxis } of shapes.values()) if (batchAxis !== undefined) sum += sizeOf(dims);
  return sum;
}

/** What a run takes for each byte of forward values: these, those of a backward pass, and working memory. */
const needed = 3;
/** The free memory of a GPU whose driver does not tell it. */
const assumedFree = 4 * 2 ** 30;
/** The engines whose memory did not suffice. */
const halved = new WeakSet<Engine>();

/**
 * A power of two, so that few sizes occur: each is a program of its own. The programs that are kept share the
 * free memory, because ONNX Runtime gives none back between runs.
 */
function batchOnGpu(engine: Engine, bytesOfOne: number): number {
  const free = (engine.freeMemory?.() ?? assumedFree) / keptPrograms;
  const most = Math.min(mostSamples, Math.max(1, free / (needed * bytesOfOne)));
  return Math.max(1, 2 ** Math.floor(Math.log2(most)) / (halved.has(engine) ? 2 : 1));
}

/** The least power of two that is not below `count`, at most `most`. */
export const evenSize = (count: number, most: number): number =>
  Math.min(most, 2 ** Math.ceil(Math.log2(Math.max(1, count))));

/**
 * Does some work, and once more in batches of half the size when the memory of the GPU does not suffice for
 * it. That happens once for each engine, with a warning.
 */
export async function withinMemory<T>(
  { engine }: Pick<Classifier, 'engine'>,
  work: () => Promise<T>,
): Promise<T> {
  // Other work that is pending may halve them meanwhile.
  const before = halved.has(engine);
  try {
    return await work();
  } catch (error) {
    if (!isGpuProvider(engine.name) || before || !isOutOfMemory(error)) throw error;
    if (!halved.has(engine)) {
      halved.add(engine);
      await releasePrograms(engine);
      process.emitWarning(
        `engine ${engine.name} ran out of memory; it goes on in batches of half the size`,
        'Sightline',
      );
    }
    return work();
  }
}
