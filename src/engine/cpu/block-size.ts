import { SightlineError } from '../../base/errors.js';
import { seededRandom } from '../../base/random.js';
import { float, int, ints, string } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32, int64, numbers } from '../../graph/elements.js';
import type { Constant } from '../../graph/graph.js';
import { sizeOf } from '../../tensor/tensor.js';
import { type RunOnce, toNchwc } from './nchwc/index.js';

/** The block sizes of ONNX Runtime's kernels: 16 with AVX-512 or NEON, else 8. */
const sizes = [16, 8];

/**
 * Finds the number of channels in a block of ONNX Runtime's NCHWc kernels on this machine by trial. Returns
 * `undefined` when the NCHWc operators are missing or their results differ from those of plain convolutions.
 */
export async function findBlockSize(run: RunOnce): Promise<number | undefined> {
  const plain = trial();
  const expected = await run(plain.graph, { ...plain.images, ...plain.weights });
  for (const size of sizes) {
    try {
      const graph = await toNchwc(plain.graph, size, plain.weights, run);
      const got = await run(graph, { ...plain.images, ...plain.weights });
      if (Object.keys(expected).every((name) => close(got[name]!, expected[name]!))) return size;
    } catch (error) {
      // An environment error means that the runtime rejects this block size.
      if (!(error instanceof SightlineError) || error.kind !== 'environment') throw error;
    }
  }
  return undefined;
}

/**
 * A small network on two blocks of channels: contains every internal NCHWc operator and some standard
 * operators.
 */
function trial() {
  const random = seededRandom('blocks');
  // The spreads keep all activations near 1.
  const drawn = (spread: number, ...shape: number[]) =>
    float32(
      Float32Array.from({ length: sizeOf(shape) }, () => spread * random.normal()),
      shape,
    );
  const images = { image: drawn(1, 2, 3, 9, 7) };
  const weights = {
    few: drawn(0.2, 32, 3, 3, 3),
    wide: drawn(0.06, 32, 32, 3, 3),
    narrow: drawn(0.2, 32, 32, 1, 1),
    single: drawn(0.3, 32, 1, 3, 3),
    factors: drawn(1, 32, 1, 1),
    scale: drawn(1, 32),
    bias: drawn(1, 32),
  };
  const b = startGraph('blocks');
  const { emit } = b;
  const padded = { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) };
  const halved = { ...padded, strides: ints([2, 2]) };
  const smaller = (op: string, value: string) => {
    const pooled = emit(op, [value], halved);
    b.declare({ name: pooled, type: 'float32', shape: [2, 32, 5, 4] });
    return pooled;
  };
  const first = emit('Conv', ['image', 'few', 'bias'], padded);
  const second = emit('Conv', [emit('Relu', [first]), 'wide'], halved);
  const third = emit('Conv', [second, 'narrow'], { kernel_shape: ints([1, 1]) });
  const own = emit('Conv', [third, 'single'], { ...padded, group: int(32) });
  const sum = emit('Tanh', [emit('Add', [own, third])]);
  const constant = (value: number) => b.constant(float32(new Float32Array(32).fill(value)));
  const affine = emit('BatchNormalization', [third, 'scale', 'bias', constant(0), constant(1)], {
    epsilon: float(0),
  });
  const scaled = emit('Add', [emit('Mul', [sum, 'factors']), affine]);
  const difference = emit('Sub', [emit('Mul', [scaled, third]), emit('HardSigmoid', [scaled])]);
  const phases = [smaller('MaxPool', first), smaller('AveragePool', first), scaled, difference];
  const apart = emit('Concat', phases, { axis: int(1) });
  const y = emit('DepthToSpace', [apart], { blocksize: int(2), mode: string('DCR') });
  const sums = emit('ReduceSum', [y, b.constant(int64([0, 2, 3]))], { keepdims: int(0) });
  const whole = emit(
    'Concat',
    ['GlobalMaxPool', 'GlobalAveragePool'].map((op) => emit(op, [first])),
    { axis: int(1) },
  );
  const value = ([name, { shape }]: [string, Constant]) => ({ name, type: 'float32' as const, shape });
  const outputs = [
    ...[sum, sums, whole].map((name) => ({ name, type: 'float32' as const })),
    { name: y, type: 'float32' as const, shape: [2, 32, 10, 8] },
  ];
  return { graph: b.finish(Object.entries({ ...images, ...weights }).map(value), outputs), images, weights };
}

/** Whether two tensors are equal up to the rounding that another order of summation causes. */
function close(got: Constant, expected: Constant): boolean {
  const [a, b] = [numbers(got), numbers(expected)];
  const largest = Math.max(...b.map(Math.abs));
  return a.length === b.length && b.every((v, i) => Math.abs(v - a[i]!) <= 1e-5 * largest);
}
