import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { tensorflow } from '../../../engine/tensorflow.js';
import { probe } from '../../../model/probe.js';
import type { Array64 } from '../../../testing/reference/arrays.js';
import { difference, directions } from '../../../testing/reference/differences.js';
import { feed } from '../../../testing/reference/prepare.js';
import { int } from '../../attributes.js';
import { backward } from '../../backward.js';
import { type Builder, extend, startGraph } from '../../builder.js';
import { float32, int64, numbers } from '../../elements.js';
import type { Graph } from '../../graph.js';
import { gradientRuleOf } from './index.js';

const engines = [onnxRuntime(), tensorflow()];
afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

type Cuts = (b: Builder) => string;

const list = (b: Builder, ...values: readonly number[]) => b.constant(int64(values));
const lengthOf = (b: Builder, axis: number) =>
  b.emit('Shape', ['x'], { start: int(axis), end: int(axis + 1) });
const slice = (b: Builder, value: string, ...bounds: readonly string[]) =>
  b.emit('Slice', [value, ...bounds]);

/** Ways to cut `x` `[N, 5, 4]` at bounds that the graph computes. */
const computed: readonly (readonly [string, Cuts])[] = [
  ['an end', (b) => slice(b, 'x', list(b, 1), b.sub(lengthOf(b, 1), list(b, 2)), list(b, 1))],
  ['a start', (b) => slice(b, 'x', b.sub(lengthOf(b, 1), list(b, 2)), list(b, 2 ** 62), list(b, -2))],
  ['a start from behind', (b) => slice(b, 'x', b.sub(list(b, 1), lengthOf(b, 2)), list(b, 9), list(b, 2))],
  [
    'a start before the first',
    (b) => slice(b, 'x', b.mul(lengthOf(b, 1), list(b, -3)), list(b, 2), list(b, 1)),
  ],
  [
    'two axes, and steps of 1',
    (b) => {
      const ends = b.concat([b.sub(lengthOf(b, 2), list(b, 1)), lengthOf(b, 1)], 0);
      return slice(b, 'x', list(b, 1, 2), ends, list(b, 2, 1), list(b, 1, 1));
    },
  ],
  ['no axes', (b) => slice(b, 'x', list(b, 0, 1), b.concat([lengthOf(b, 0), lengthOf(b, 2)], 0))],
  [
    'the batch of copies of it',
    (b) => slice(b, b.concat(['x', b.mul('x', 2)], 0), lengthOf(b, 0), list(b, 2 ** 62), list(b, 0)),
  ],
];

const network = (cuts: Cuts) => {
  const b = startGraph('cut');
  const y = b.mul(cuts(b), 3);
  const input = { name: 'x', type: 'float32', shape: ['N', 5, 4] } as const;
  return b.finish([input], [{ name: y, type: 'float32' }]);
};

/** The gradient of `x` from a seed at the output. */
async function withGradient(graph: Graph): Promise<Graph> {
  const builder = extend(graph);
  const [y] = graph.outputs as [Graph['outputs'][number]];
  const { x } = backward(graph, builder, {
    seeds: { [y.name]: 'seed' },
    wrt: ['x'],
    ruleFor: gradientRuleOf,
    method: 'gradient',
    shapes: await probe(graph, graph.inputs[0]!, [5, 4], engines[0]!),
  });
  builder.alias(x!, 'dx');
  return builder.finish(
    [...graph.inputs, { name: 'seed', type: 'float32' }],
    [{ name: 'dx', type: 'float32' }],
  );
}

const single = ({ data, shape }: Array64) => float32(Float32Array.from(data), shape);

describe.each(engines.map((engine) => [engine.name, engine] as const))('on %s', (_, engine) => {
  it.each(computed)('a slice whose bounds are computed has its slope: %s', async (about, cuts) => {
    const graph = network(cuts);
    const y = graph.outputs[0]!.name;
    const { feeds, seeds } = feed(graph, [y], seededRandom(about));
    const program = await engine.compile(await withGradient(graph));
    const got = await program.run({ x: single(feeds.x!), seed: single(seeds[y]!) });
    await program.dispose();
    const gradient = got.dx!;
    expect(gradient.shape).toEqual(feeds.x!.shape);
    for (const direction of directions(feeds.x!.data.length, seededRandom(about))) {
      const along = numbers(gradient).reduce((sum, value, i) => sum + value * direction[i]!, 0);
      expect(along).toBeCloseTo(difference(graph, feeds, seeds, 'x', direction), 4);
    }
  });
});

it('a step beside computed bounds is refused', async () => {
  const graph = network((b) => slice(b, 'x', list(b, 0), lengthOf(b, 1), list(b, 1), list(b, 2)));
  await expect(withGradient(graph)).rejects.toThrow(/its bounds are computed and its step is not 1/);
});
