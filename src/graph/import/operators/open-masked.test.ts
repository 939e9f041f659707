import { afterAll, expect, it } from 'vitest';
import { attribute } from '../../../attribution/attribute.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { classifierOf } from '../../../model/load.js';
import { normalFrom } from '../../../testing/normal.js';
import { int, ints } from '../../attributes.js';
import { type Builder, startGraph } from '../../builder.js';
import { float32, int64, scalar } from '../../elements.js';
import { openMasked } from './open-masked.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const normal = normalFrom('masks');
const weights = normal(5, 6);
const limits = [-0.3, 0.4, Number.NaN, 0.1, Number.NaN, 0.8];

type Update = (b: Builder, pick: (value: string) => string) => string;

const flat = (b: Builder, value: string) => b.emit('Reshape', [value, b.constant(int64([-1]))]);
const places = (b: Builder, mask: string) =>
  b.emit('Transpose', [b.emit('NonZero', [mask])], { perm: ints([1, 0]) });

/** How the two exporters of PyTorch write y[mask] = update. */
const exporters: Readonly<Record<string, (b: Builder, mask: string, y: string, update: Update) => string>> = {
  dynamo(b, mask, y, update) {
    const at = places(b, mask);
    const values = update(b, (value) => b.emit('GatherND', [value, at]));
    const count = b.emit('ReduceSum', [b.emit('Cast', [flat(b, mask)], { to: int(7) })]);
    return b.emit('ScatterND', [y, at, flat(b, b.emit('Expand', [values, flat(b, count)]))]);
  },
  TorchScript(b, mask, y, update) {
    const values = update(b, (value) => b.emit('GatherND', [value, places(b, mask)]));
    const at = places(b, b.emit('Expand', [mask, b.emit('Shape', [y])]));
    const count = b.emit('Gather', [b.emit('Shape', [at]), b.constant(int64([0]))]);
    const begin = b.constant(int64([0]));
    return b.emit('ScatterND', [y, at, b.emit('Slice', [flat(b, values), begin, count, begin])]);
  },
};

/** z = x W, changed where masks hold. */
function network(batch: number | string, change: (b: Builder, z: string) => string) {
  const b = startGraph('net');
  const z = b.emit('MatMul', ['x', b.constant(weights)]);
  b.emit('Identity', [change(b, z)], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', [batch, 5])], [value('y', [batch, 6])]);
}

/** The changes, and dy/dz of one element by its formula. */
const changes: Readonly<
  Record<
    string,
    [(b: Builder, z: string, write: (typeof exporters)[string]) => string, (z: number, j: number) => number]
  >
> = {
  'scores set against operating points of which some are not known': [
    (b, z, write) => {
      const points = b.constant(float32(limits, [1, 6]));
      const known = b.emit('Not', [b.emit('IsNaN', [points])]);
      const less = b.emit('Less', [z, points]);
      const half = b.constant(float32(Array(6).fill(0.5), [1, 6]));
      const [one, two] = [1, 2].map((number) => b.constant(scalar(number)));
      const low = write(
        b,
        b.emit('And', [less, known]),
        b.emit('Expand', [half, b.emit('Shape', [z])]),
        (at, pick) => at.emit('Div', [pick(z), at.emit('Mul', [pick(points), two!])]),
      );
      return write(b, b.emit('And', [b.emit('Not', [less]), known]), low, (at, pick) => {
        const rest = at.emit('Mul', [at.emit('Sub', [one!, pick(points)]), two!]);
        return at.emit('Sub', [one!, at.emit('Div', [at.emit('Sub', [one!, pick(z)]), rest])]);
      });
    },
    (z, j) => {
      const limit = limits[j]!;
      return Number.isNaN(limit) ? 0 : 1 / (2 * (z < limit ? limit : 1 - limit));
    },
  ],
  'the logarithm of what is above zero': [
    (b, z, write) =>
      write(b, b.emit('Greater', [z, b.constant(scalar(0))]), z, (at, pick) => at.emit('Log', [pick(z)])),
    (z) => (z > 0 ? 1 / z : 1),
  ],
  'a comparison that is written twice': [
    (b, z, write) => {
      const below = () => b.emit('Less', [z, b.constant(scalar(0))]);
      const own = below();
      return write(b, below(), z, (at) =>
        at.emit('Mul', [at.emit('GatherND', [z, places(b, own)]), at.constant(scalar(0.1))]),
      );
    },
    (z) => (z < 0 ? 0.1 : 1),
  ],
  'a number': [
    (b, z, write) =>
      write(b, b.emit('Less', [z, b.constant(scalar(0))]), z, (at) => at.constant(float32([0.2], [1]))),
    (z) => (z < 0 ? 0 : 1),
  ],
};

const cases = Object.keys(changes).flatMap((name) =>
  Object.keys(exporters).flatMap((exporter) => ['N', 1].map((batch) => [name, exporter, batch] as const)),
);

it.each(cases)('follows %s (%s, batch %s)', async (name, exporter, batch) => {
  const [change, slope] = changes[name]!;
  const graph = network(batch, (b, z) => change(b, z, exporters[exporter]!));
  const model = await classifierOf(graph, 'net.onnx', { engine, precision: 'float64' });
  expect(model.alone).toBeUndefined();
  const { data } = normal(3, 5);
  const targets = [0, 1, 3];
  const { map } = await attribute(model, 'gradient', { data: data as Float32Array, shape: [3, 5] }, targets);
  const w = weights.data as Float32Array;
  for (const [row, j] of targets.entries()) {
    const z = [0, 1, 2, 3, 4].reduce((sum, i) => sum + Number(data[row * 5 + i]) * w[i * 6 + j]!, 0);
    for (let i = 0; i < 5; i++) expect(map.data[row * 5 + i]).toBeCloseTo(slope(z, j) * w[i * 6 + j]!, 5);
  }
});

it('leaves an assignment of what another mask picks', () => {
  const graph = network('N', (b, z) => {
    const above = b.emit('Greater', [z, b.constant(scalar(0))]);
    return b.emit('ScatterND', [
      z,
      places(b, b.emit('Not', [above])),
      b.emit('GatherND', [z, places(b, above)]),
    ]);
  });
  const lengths = new Map(graph.nodes.map(({ outputs }) => [outputs[0]!, [1, 6]]));
  expect(openMasked(graph, lengths).nodes.map(({ op }) => op)).toEqual(graph.nodes.map(({ op }) => op));
});

it('leaves an assignment to rows, and one of known places', () => {
  const graph = network('N', (b, z) => {
    const rows = b.emit('Greater', [
      b.emit('ReduceSum', [z, b.constant(int64([1]))], { keepdims: int(0) }),
      b.constant(scalar(0)),
    ]);
    const known = b.emit('ScatterND', [z, b.constant(int64([0, 0], [1, 2])), b.constant(float32([1], [1]))]);
    const at = places(b, rows);
    return b.emit('ScatterND', [known, at, b.emit('GatherND', [z, at])]);
  });
  const of = ({ op }: { op: string }) => (op === 'Greater' ? [1] : [1, 6]);
  const lengths = new Map(graph.nodes.map((node) => [node.outputs[0]!, of(node)]));
  expect(openMasked(graph, lengths).nodes.map(({ op }) => op)).toEqual(graph.nodes.map(({ op }) => op));
});
