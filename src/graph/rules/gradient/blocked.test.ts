import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { joinPhases } from '../../../engine/cpu/join-phases.js';
import { keepBlocked } from '../../../engine/cpu/keep-blocked.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { poolFirst } from '../../../model/forms/max-pool.js';
import { probe } from '../../../model/probe.js';
import { sizeOf } from '../../../tensor/tensor.js';
import { int, ints, string } from '../../attributes.js';
import { backward } from '../../backward.js';
import { type Builder, extend, startGraph } from '../../builder.js';
import { float32, numbers } from '../../elements.js';
import type { Graph } from '../../graph.js';
import { gradientRuleOf } from './index.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const random = seededRandom('blocked');
/** Small whole numbers: sums of their products are exact in any order, and maxima are often shared. */
const whole = (shape: readonly number[]) =>
  float32(
    Float32Array.from({ length: sizeOf(shape) }, () => Math.round(random.uniform() * 4 - 2)),
    shape,
  );

const square = (kernel: number, stride: number, pad: number) => ({
  kernel_shape: ints([kernel, kernel]),
  strides: ints([stride, stride]),
  pads: ints([pad, pad, pad, pad]),
});

interface Stem {
  readonly conv: ReturnType<typeof square>;
  readonly kernel: number;
  readonly pool: ReturnType<typeof square>;
  readonly ceil?: boolean;
}

const convolved = (b: Builder, x: string, shape: readonly number[], attributes: ReturnType<typeof square>) =>
  b.emit('Conv', [x, b.constant(whole(shape))], attributes);

/**
 * Stem, max-pooling, a residual block whose shortcut has a stride, mean: 1x128x128 in, what blocked kernels
 * are for.
 */
function network({ conv, kernel, pool, ceil }: Stem): Graph {
  const b = startGraph('stem');
  const stem = b.emit('Relu', [convolved(b, 'image', [16, 1, kernel, kernel], conv)]);
  const pooled = b.emit('MaxPool', [stem], { ...pool, ceil_mode: int(ceil ? 1 : 0) });
  const inner = b.emit('Relu', [convolved(b, pooled, [16, 16, 3, 3], square(3, 2, 1))]);
  const branch = convolved(b, inner, [16, 16, 3, 3], square(3, 1, 1));
  const shortcut = convolved(b, pooled, [16, 16, 1, 1], square(1, 2, 0));
  const sum = b.emit('Relu', [b.emit('Add', [branch, shortcut])]);
  const logits = b.emit('Flatten', [b.emit('GlobalAveragePool', [sum])]);
  return b.finish(
    [{ name: 'image', type: 'float32', shape: ['N', 1, 128, 128] }],
    [{ name: logits, type: 'float32', shape: ['N', 16] }],
  );
}

async function gradientOf(given: Graph, rulesFor: string, image: ReturnType<typeof whole>) {
  const [output] = given.outputs as [Graph['outputs'][number]];
  const known = await probe(given, given.inputs[0]!, image.shape.slice(1), engine);
  const { graph, shapes } = rulesFor === 'cpu' ? poolFirst(given, known) : { graph: given, shapes: known };
  const builder = extend(graph);
  const found = backward(graph, builder, {
    seeds: { [output.name]: 'seed' },
    wrt: ['image'],
    ruleFor: gradientRuleOf,
    method: 'gradient',
    shapes,
    engine: rulesFor,
  });
  builder.alias(found.image!, 'gradient');
  const seed = float32(
    Float32Array.from({ length: 32 }, (_, i) => (i % 5) - 2),
    [2, 16],
  );
  const whole = builder.finish(
    [...graph.inputs, { name: 'seed', type: 'float32', shape: ['N', 16] }],
    [{ name: 'gradient', type: 'float32' }],
  );
  const program = await engine.compile(whole);
  const { gradient } = await program.run({ image, seed });
  await program.dispose();
  return { whole, gradient: numbers(gradient!) };
}

const stems: readonly (readonly [string, Stem])[] = [
  ["ResNet's stem", { conv: square(7, 2, 3), kernel: 7, pool: square(3, 2, 1) }],
  ["VGG's stem", { conv: square(3, 1, 1), kernel: 3, pool: square(2, 2, 0) }],
  ["Inception's pooling", { conv: square(3, 2, 1), kernel: 3, pool: square(3, 1, 1) }],
  ['windows beyond the end', { conv: square(3, 2, 1), kernel: 3, pool: square(3, 2, 0), ceil: true }],
  ['wide windows', { conv: square(5, 4, 2), kernel: 5, pool: square(5, 2, 2) }],
];

describe('rules written for blocked channels', () => {
  it.each(stems)('give what the general ones give, shared maxima and all: %s', async (_, stem) => {
    const graph = network(stem);
    const image = whole([2, 1, 128, 128]);
    const general = await gradientOf(graph, 'any', image);
    const blocked = await gradientOf(graph, 'cpu', image);
    expect(general.gradient.some((value) => value !== 0)).toBe(true);
    expect(blocked.whole.nodes.some(({ op }) => op === 'ScatterElements')).toBe(false);
    expect(blocked.gradient).toEqual(general.gradient);
  });

  it('take places where the pooled size leaves a rest', async () => {
    const stem = { conv: square(2, 1, 0), kernel: 2, pool: square(2, 2, 0) };
    const graph = network(stem);
    const image = whole([2, 1, 128, 128]);
    const blocked = await gradientOf(graph, 'cpu', image);
    expect(blocked.whole.nodes.some(({ op }) => op === 'ScatterElements')).toBe(true);
    expect(blocked.gradient).toEqual((await gradientOf(graph, 'any', image)).gradient);
  });
});

describe('joined phases', () => {
  const count = ({ nodes }: Graph, wanted: string) => nodes.filter(({ op }) => op === wanted).length;

  it('interleave once, with the padded phase added to its own alone', () => {
    const b = startGraph('phases');
    const phases = b.emit('Concat', ['a', 'b', 'c', 'd'], { axis: int(1) });
    const pads = b.constant({
      type: 'int64',
      data: BigInt64Array.from([0, 8, 0, 0, 0, 4, 0, 0].map(BigInt)),
      shape: [8],
    });
    const blocks = { blocksize: int(2), mode: string('DCR') };
    const [one, other] = [phases, b.emit('Pad', ['e', pads])].map((v) => b.emit('DepthToSpace', [v], blocks));
    b.alias(b.emit('Add', [one!, other!]), 'out');
    const inputs = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
      name,
      type: 'float32' as const,
      shape: ['N', 4, 2, 2],
    }));
    const joined = joinPhases(b.finish(inputs, [{ name: 'out', type: 'float32' }]));
    const added = joined.nodes.find(({ op }) => op === 'Add')!;
    expect(added.inputs).toEqual(['c', 'e']);
    const interleaved = joined.nodes.findLast(({ op }) => op === 'DepthToSpace')!;
    const together = joined.nodes.find(({ outputs }) => outputs[0] === interleaved.inputs[0])!;
    expect(together.inputs).toEqual(['a', 'b', added.outputs[0], 'd']);
  });

  it('stay apart where one of them is read elsewhere', () => {
    const b = startGraph('phases');
    const [one, other] = ['a', 'b'].map((v) => b.emit('DepthToSpace', [v], { blocksize: int(2) }));
    b.alias(b.emit('Add', [one!, other!]), 'out');
    b.alias(one!, 'first');
    const inputs = ['a', 'b'].map((name) => ({ name, type: 'float32' as const, shape: ['N', 4, 2, 2] }));
    const graph = b.finish(inputs, [{ name: 'out', type: 'float32' }]);
    expect(count(joinPhases(graph), 'Add')).toBe(1);
    expect(joinPhases(graph).nodes.map(({ op }) => op)).toEqual(graph.nodes.map(({ op }) => op));
  });
});

describe('values beside blocked ones', () => {
  it('are moved into nchwc once, where their channels are known to fill them', () => {
    const b = startGraph('beside');
    const weights = b.constant(whole([16, 16, 1, 1]));
    const blocked = b.emit('Conv', ['x', weights]);
    const product = b.emit('Mul', [blocked, 'plain']);
    b.alias(b.emit('Conv', [product, weights]), 'out');
    b.alias(b.emit('Conv', [b.emit('Add', ['plain', blocked]), weights]), 'other');
    const graph = b.finish([{ name: 'x', type: 'float32', shape: ['N', 16, 8, 8] }], []);
    expect(keepBlocked(graph)).toEqual(graph);
    const known = {
      ...graph,
      between: [{ name: 'plain', type: 'float32' as const, shape: ['N', 16, 8, 8] }],
    };
    const moved = keepBlocked(known).nodes.filter(({ op, inputs }) => op === 'Conv' && inputs[0] === 'plain');
    expect(moved).toHaveLength(1);
    const readers = keepBlocked(known).nodes.filter(({ inputs }) => inputs.includes(moved[0]!.outputs[0]!));
    expect(readers.map(({ op }) => op)).toEqual(['Mul', 'Add']);
  });
});
