import { afterAll, expect, it } from 'vitest';
import { attribute } from '../../../attribution/attribute.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { classifierOf } from '../../../model/load.js';
import { normalFrom } from '../../../testing/normal.js';
import { type Attributes, float, int, string } from '../../attributes.js';
import { type Builder, startGraph } from '../../builder.js';
import { float32, int64, numbers } from '../../elements.js';
import type { Constant } from '../../graph.js';
import { needsSteps, openRecurrent } from './open-recurrent.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const normal = normalFrom('recurrent', 0.5);

/** A layer over four steps of three numbers each, with states of two numbers. */
interface Layer {
  readonly op: 'LSTM' | 'GRU' | 'RNN';
  readonly attributes?: Attributes;
  readonly two?: boolean;
  /** `b` biases, `h` and `c` first states, `p` peepholes, `l` the length of each sequence. */
  readonly with?: string;
  readonly lengths?: Constant;
  /** The output that is read: all states, the last ones, or the last cells. */
  readonly reads?: 0 | 1 | 2;
}

const gatesOf = { LSTM: 4, GRU: 3, RNN: 1 };

function networkOf(
  { op, attributes = {}, two = false, with: given = 'b', lengths, reads = 0 }: Layer,
  batch: number | string,
) {
  const b = startGraph(op);
  const [directions, rows] = [two ? 2 : 1, 2 * gatesOf[op]];
  const held = (letter: string, make: () => string) => (given.includes(letter) ? make() : '');
  const state = () => {
    const count = b.emit('Shape', ['x'], { end: int(1) });
    const shape = b.concat([b.constant(int64([directions])), count, b.constant(int64([2]))], 0);
    return b.emit('Expand', [b.constant(normal(directions, 1, 2)), shape]);
  };
  const inputs = [
    b.transpose('x', [1, 0, 2]),
    b.constant(normal(directions, rows, 3)),
    b.constant(normal(directions, rows, 2)),
    held('b', () => b.constant(normal(directions, 2 * rows))),
    held('l', () => b.constant(lengths!)),
    held('h', state),
    ...(op === 'LSTM' ? [held('c', state), held('p', () => b.constant(normal(directions, 6)))] : []),
  ];
  const direction: Attributes = two ? { direction: string('bidirectional') } : {};
  const made = b.emitAll(op, inputs, reads + 1, { ...direction, ...attributes, hidden_size: int(2) });
  const perm = reads === 0 ? [2, 0, 1, 3] : [1, 0, 2];
  const features = b.reshape(b.transpose(made[reads]!, perm), [-1, 2 * directions * (reads === 0 ? 4 : 1)]);
  b.emit('Identity', [features], {}, 'y');
  return finished(b, batch);
}

const finished = (b: Builder, batch: number | string) => {
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', [batch, 4, 3])], [value('y', [batch, 'K'])]);
};

const strings = (...value: string[]) => ({ kind: 'strings' as const, value });
const members: [string, Layer][] = (['LSTM', 'GRU', 'RNN'] as const).flatMap((op): [string, Layer][] => [
  [op, { op }],
  [`${op} without biases`, { op, with: '' }],
  [`${op} in reverse, its last state`, { op, attributes: { direction: string('reverse') }, reads: 1 }],
  [`${op} in both directions`, { op, two: true }],
  [`${op} in both directions, its last states`, { op, two: true, reads: 1 }],
  [`${op} from a state`, { op, with: op === 'LSTM' ? 'bhc' : 'bh' }],
]);
members.push(
  ['LSTM with peepholes', { op: 'LSTM', with: 'bhcp' }],
  ['LSTM with peepholes from nothing', { op: 'LSTM', with: 'bp', two: true }],
  ['LSTM, its cells', { op: 'LSTM', reads: 2 }],
  [
    'LSTM of other curves',
    { op: 'LSTM', attributes: { activations: strings('Sigmoid', 'Softsign', 'Relu') } },
  ],
  ['RNN of rectifiers', { op: 'RNN', attributes: { activations: strings('Relu') } }],
  ['GRU that resets products', { op: 'GRU', attributes: { linear_before_reset: int(1) }, with: 'bh' }],
  [
    'GRU that resets biases',
    { op: 'GRU', two: true, attributes: { linear_before_reset: int(1) }, with: 'b' },
  ],
);

const x = normal(2, 4, 3);

it.each(members)('%s is written out in any batch, and explained', async (_name, layer) => {
  const graph = networkOf(layer, 'N');
  const { y } = await (await engine.compile(graph)).run({ x });
  const shown = numbers(y!);
  const model = await classifierOf(graph, 'recurrent', { engine });
  expect(model.graph.nodes.some(({ op }) => op === layer.op)).toBe(false);
  const { [model.output]: made } = await (await engine.compile(model.graph)).run({ x });
  for (const [i, value] of numbers(made!).entries()) expect(value).toBeCloseTo(shown[i]!, 5);
  const input = { data: x.data as Float32Array, shape: x.shape };
  const { residual } = await attribute(model, 'integrated-gradients', input, [1, 1], { steps: 20 });
  for (const left of residual!) expect(Math.abs(left)).toBeLessThan(1e-2);
});

it.each(members.filter(([, { with: given = '' }]) => !/[hc]/.test(given)))(
  '%s is written out of an export for a batch of one',
  async (_name, layer) => {
    const graph = networkOf(layer, 1);
    const model = await classifierOf(graph, 'recurrent', { engine });
    expect(model.alone).toBeUndefined();
    const { [model.output]: made } = await (await engine.compile(model.graph)).run({ x });
    const program = await engine.compile(graph);
    const rows = await Promise.all(
      [0, 1].map(async (row) => {
        const one = float32((x.data as Float32Array).slice(12 * row, 12 * row + 12), [1, 4, 3]);
        return numbers((await program.run({ x: one })).y!);
      }),
    );
    for (const [i, value] of rows.flat().entries()) expect(numbers(made!)[i]).toBeCloseTo(value, 5);
  },
);

it.each<[string, Layer]>([
  ['whose sequences end early', { op: 'LSTM', with: 'bl', lengths: lengthsOf(2) }],
  ['with bounded gates', { op: 'GRU', attributes: { clip: float(0.5) } }],
  ['with coupled gates', { op: 'LSTM', attributes: { input_forget: int(1) } }],
])('a layer %s is refused by its name', async (_name, layer) => {
  const graph = networkOf(layer, layer.lengths ? 1 : 'N');
  const model = await classifierOf(graph, 'recurrent', { engine });
  const input = { data: x.data as Float32Array, shape: x.shape };
  await expect(attribute(model, 'gradient', input, [0, 0])).rejects.toThrow(layer.op);
});

function lengthsOf(...lengths: number[]): Constant {
  return { type: 'int32', data: Int32Array.from(lengths), shape: [lengths.length] };
}

it('is not written out where its steps are the samples', async () => {
  const b = startGraph('steps of samples');
  const weights = [normal(1, 2, 3), normal(1, 2, 2)].map((each) => b.constant(each));
  const [states] = b.emitAll('RNN', ['x', ...weights], 1, { hidden_size: int(2) });
  b.emit('Flatten', [states!], { axis: int(1) }, 'y');
  const graph = finished(b, 'N');
  await expect(classifierOf(graph, 'recurrent', { engine })).rejects.toThrow(/RNN.* mixes the samples/);
});

it.each([
  [512, 0],
  [513, 1],
])('of %s steps in two directions leaves so many layers: %s', (length, layers) => {
  const graph = networkOf({ op: 'LSTM', two: true }, 'N');
  const runs = [1, 2].map(
    (batch) => new Map(needsSteps(graph).map((value) => [value, float32([], [length, batch, 3])])),
  );
  expect(openRecurrent(graph, runs).nodes.filter(({ op }) => op === 'LSTM')).toHaveLength(layers);
});

it('of one length that is stated is written out', async () => {
  const graph = networkOf({ op: 'LSTM', with: 'bl', lengths: lengthsOf(4) }, 1);
  const model = await classifierOf(graph, 'recurrent', { engine });
  expect(model.graph.nodes.some(({ op }) => op === 'LSTM')).toBe(false);
});
