import { SightlineError } from '../base/errors.js';
import { seededRandom } from '../base/random.js';
import { ints } from '../graph/attributes.js';
import { startGraph } from '../graph/builder.js';
import { float32, numbers } from '../graph/elements.js';
import type { Constant, Graph } from '../graph/graph.js';
import { blockTrained } from '../graph/passes/block-trained.js';
import type { RunOnce } from '../graph/passes/selections.js';
import { sizeOf } from '../tensor/tensor.js';

/** As ONNX Runtime's kernels have them: with AVX-512 or NEON, and with less. */
const sizes = [16, 8];

/**
 * How many channels this machine's kernels of ONNX Runtime keep in a block, found by trying: `undefined` where `blockTrained`'s
 * operators are not there, or give other numbers than plain convolutions.
 */
export async function blockOf(run: RunOnce): Promise<number | undefined> {
  const plain = trial();
  const expected = await run(plain.graph, { ...plain.images, ...plain.weights });
  for (const size of sizes) {
    try {
      const graph = await blockTrained(plain.graph, size, plain.weights, run);
      const got = await run(graph, { ...plain.images, ...plain.weights });
      if (Object.keys(expected).every((name) => close(got[name]!, expected[name]!))) return size;
    } catch (error) {
      // What the runtime refuses, it does not have.
      if (!(error instanceof SightlineError) || error.kind !== 'environment') throw error;
    }
  }
  return undefined;
}

/** Two convolutions in two blocks of channels, one of them with a stride, and one of few channels. */
function trial() {
  const random = seededRandom('blocks');
  const drawn = (...shape: number[]) =>
    float32(
      Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
      shape,
    );
  const images = { few: drawn(2, 3, 9, 7), many: drawn(2, 32, 9, 7) };
  const weights = { first: drawn(32, 3, 3, 3), wide: drawn(32, 32, 3, 3), narrow: drawn(32, 32, 1, 1) };
  const b = startGraph('blocks');
  const kernel = { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) };
  b.emit('Conv', ['few', 'first'], kernel, 'a');
  b.emit('Conv', ['many', 'wide'], { ...kernel, strides: ints([2, 2]) }, 'b');
  b.emit('Conv', ['many', 'narrow'], { kernel_shape: ints([1, 1]) }, 'c');
  const value = ([name, { shape }]: [string, Constant]) => ({ name, type: 'float32' as const, shape });
  const outputs = ['a', 'b', 'c'].map((name) => ({ name, type: 'float32' as const }));
  const graph: Graph = b.finish(Object.entries({ ...images, ...weights }).map(value), outputs);
  return { graph, images, weights };
}

/** Equal but for the order in which the products are summed. */
function close(got: Constant, expected: Constant): boolean {
  const [a, b] = [numbers(got), numbers(expected)];
  const largest = Math.max(...b.map(Math.abs));
  return a.length === b.length && b.every((v, i) => Math.abs(v - a[i]!) <= 1e-5 * largest);
}
