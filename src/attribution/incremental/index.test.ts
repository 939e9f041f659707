import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, ints } from '../../graph/attributes.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { type Classifier, imageShape } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import { classifierOf, loadClassifier } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { attribute } from '../attribute.js';
import { overPatches, patchPlan } from './index.js';
import { planPatches } from './plan.js';
import type { Box, Span } from './regions.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const random = seededRandom('patched');
const noise = (...shape: number[]): Tensor => ({
  data: Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
  shape,
});

interface Layers {
  readonly b: Builder;
  conv(
    x: string,
    from: number,
    to: number,
    kernel: number,
    options?: Record<string, number | number[]>,
  ): string;
}

/** A classifier with 3 classes on features of `x` from `build`. */
async function classifier(
  shape: number[],
  channels: number,
  build: (layers: Layers) => string,
): Promise<Classifier> {
  const b = startGraph('made');
  const weight = (...lengths: number[]) => {
    const { data } = noise(...lengths);
    return b.constant(
      float32(
        data.map((v) => v / Math.sqrt(sizeOf(lengths.slice(1)))),
        lengths,
      ),
    );
  };
  const features = build({
    b,
    conv: (x, from, to, kernel, { group = 1, ...options } = {}) =>
      b.emit('Conv', [x, weight(to, from / (group as number), kernel, kernel), weight(to)], {
        group: int(group as number),
        ...Object.fromEntries(
          Object.entries(options).map(([name, value]) => [name, ints(value as number[])]),
        ),
      }),
  });
  // Unlike a mean, these weights depend on the position.
  const flat = b.emit('Flatten', [features]);
  const read = b.emit('Gemm', [flat, weight(channels, 3)], {}, 'logits');
  const value = (name: string, dims: (number | string)[]) => ({
    name,
    type: 'float32' as const,
    shape: dims,
  });
  const graph = b.finish([value('x', ['N', ...shape])], [value(read, ['N', 3])]);
  return classifierOf(graph, 'made', { engine, precision: 'float32' });
}

const same = { pads: [1, 1, 1, 1] };

const networks: Record<string, () => Promise<Classifier>> = {
  'strides, padding and pooling that leaves a rest': () =>
    classifier([3, 21, 26], 8 * 4 * 5, ({ b, conv }) => {
      const stem = b.emit('Relu', [conv('x', 3, 6, 5, { strides: [2, 2], pads: [2, 2, 2, 2] })]);
      const pooled = b.emit('MaxPool', [stem], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
      return b.emit('Sigmoid', [conv(pooled, 6, 8, 3, { pads: [0, 1, 1, 0] })]);
    }),
  'a residual block with a strided 1x1 shortcut': () =>
    classifier([2, 24, 24], 6 * 6 * 6, ({ b, conv }) => {
      const stem = b.emit('Relu', [conv('x', 2, 4, 3, same)]);
      const one = b.emit('Relu', [conv(stem, 4, 6, 3, { strides: [2, 2], pads: [1, 1, 1, 1] })]);
      const sum = b.emit('Add', [conv(one, 6, 6, 3, same), conv(stem, 4, 6, 1, { strides: [2, 2] })]);
      return b.emit('MaxPool', [b.emit('Relu', [sum])], {
        ...{ kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) },
      });
    }),
  'concatenated branches, dilation, groups and means': () =>
    classifier([4, 20, 17], 12 * 10 * 8, ({ b, conv }) => {
      const left = conv('x', 4, 4, 3, { dilations: [2, 2], pads: [2, 2, 2, 2], group: 2 });
      const right = b.emit('LeakyRelu', [conv('x', 4, 8, 1)]);
      const both = b.emit('Concat', [left, right], { axis: int(1) });
      const scale = b.constant(float32(noise(12, 1, 1).data, [12, 1, 1]));
      return b.emit('AveragePool', [b.emit('Mul', [both, scale])], {
        ...{ kernel_shape: ints([2, 2]), strides: ints([2, 2]) },
      });
    }),
  'windows far apart': () =>
    classifier([2, 19, 19], 3 * 4 * 4, ({ b, conv }) =>
      b.emit('Relu', [
        conv(conv('x', 2, 4, 2, { strides: [3, 3] }), 4, 3, 1, { strides: [2, 2], pads: [0, 0, 1, 1] }),
      ]),
    ),
};

/** Patches at every border and inside, some of them clipped. */
const spans = (length: number): Span[] => [
  [0, 5],
  [3, 4],
  [8, 13],
  [length - 2, length],
];

const boxesOf = (rows: readonly Span[], columns: readonly Span[]) =>
  rows.flatMap((down) => columns.map((across): Box => [down, across]));

describe('incremental forward passes', () => {
  for (const [name, made] of Object.entries(networks)) {
    it(`gives the outputs of a full pass: ${name}`, async () => {
      const model = await made();
      const [, height, width] = model.input.shape as [number, number, number];
      const [rows, columns] = [spans(height), spans(width)];
      const { graph, shapes } = inForm(model, 'merged-before');
      const plan = planPatches(graph, shapes, boxesOf(rows, columns));
      expect(plan.reaches.size).toBeGreaterThan(2);
      await agrees(model, rows, columns, plan);
    });
  }

  it('follows a Transpose from channels-last images', async () => {
    const last = await classifier([24, 22, 3], 5 * 24 * 22, ({ b, conv }) => {
      const first = b.emit('Transpose', ['x'], { perm: ints([0, 3, 1, 2]) });
      return b.emit('Relu', [conv(first, 3, 5, 3, same)]);
    });
    expect(last.input.layout).toBe('NHWC');
    const model = inForm(last, 'channels-first');
    const [rows, columns] = [spans(24), spans(22)];
    const { graph, shapes } = inForm(model, 'merged-before');
    const plan = planPatches(graph, shapes, boxesOf(rows, columns));
    expect(plan.reaches.size).toBe(5);
    await agrees(model, rows, columns, plan);
  });

  it('stops at operators that read the whole map', async () => {
    const model = await classifier([3, 16, 16], 4 * 16 * 16, ({ b, conv }) =>
      conv(b.emit('Softmax', ['x'], { axis: int(2) }), 3, 4, 3, same),
    );
    expect(patchPlan({ model, boxes: boxesOf(spans(16), spans(16)) })).toBeUndefined();
  });
});

async function agrees(
  model: Classifier,
  rows: readonly Span[],
  columns: readonly Span[],
  plan: ReturnType<typeof planPatches>,
) {
  const input = noise(3, ...model.input.shape);
  const baseline = noise(3, ...model.input.shape);
  const found = new Map<string, number[]>();
  await overPatches(plan, {
    ...{ model, input, baseline, boxes: boxesOf(rows, columns), run: quietly, label: '' },
    take: (sample, patch, outputs) => found.set(`${sample} ${patch}`, [...outputs]),
  });
  expect(found.size).toBe(3 * rows.length * columns.length);
  for (const [i, [top, bottom]] of rows.entries()) {
    for (const [j, [left, right]] of columns.entries()) {
      const hidden = patched(model, input, baseline, [top, bottom], [left, right]);
      const { data } = await predict(model, hidden);
      for (let sample = 0; sample < 3; sample++) {
        const got = found.get(`${sample} ${i * columns.length + j}`)!;
        for (let k = 0; k < got.length; k++)
          expect(Math.abs(got[k]! - data[sample * got.length + k]!)).toBeLessThan(1e-5);
      }
    }
  }
}

function patched(
  model: Classifier,
  input: Tensor,
  baseline: Tensor,
  [top, bottom]: Span,
  [left, right]: Span,
): Tensor {
  const { height, width } = imageShape(model);
  const data = input.data.map((value, i) => {
    const [y, x] = [Math.floor(i / width) % height, i % width];
    return y >= top && y < bottom && x >= left && x < right ? baseline.data[i]! : value;
  });
  return { data, shape: input.shape };
}

describe('occlusion', () => {
  it('gives the map of full passes', async () => {
    const model = await classifier([3, 90, 100], 8 * 22 * 25, ({ b, conv }) => {
      const wide = b.emit('Relu', [conv('x', 3, 64, 5, { pads: [2, 2, 2, 2] })]);
      const halved = b.emit('Relu', [conv(wide, 64, 64, 3, { strides: [2, 2], pads: [1, 1, 1, 1] })]);
      return b.emit('MaxPool', [conv(halved, 64, 8, 3, same)], {
        kernel_shape: ints([2, 2]),
        strides: ints([2, 2]),
      });
    });
    const spans = [
      [0, 20],
      [70, 90],
    ] as const;
    const boxes = boxesOf(spans, spans);
    expect(patchPlan({ model, boxes })?.share).toBeLessThan(0.3);
    const whole = { ...model, engine: { ...engine, name: 'no Scan' } };
    expect(patchPlan({ model: whole, boxes })).toBeUndefined();
    const input = noise(3, ...model.input.shape);
    for (const baseline of ['blur', noise(...model.input.shape), 0.25] as const) {
      const options = { window: [24, 31], stride: 29, baseline };
      const got = await attribute(model, 'occlusion', input, [2, 0, 1], options);
      const want = await attribute(whole, 'occlusion', input, [2, 0, 1], options);
      expect(got.evaluations).toEqual(want.evaluations);
      for (const [i, value] of want.map.data.entries())
        expect(Math.abs(got.map.data[i]! - value)).toBeLessThan(1e-5);
    }
  });

  it('uses full passes for a small network', async () => {
    const model = await networks['windows far apart']!();
    expect(patchPlan({ model, boxes: boxesOf([[0, 2]], [[0, 2]]) })).toBeUndefined();
  });
});

describe.skipIf(!sharedIsThere)('incremental forward passes in trained networks', () => {
  for (const name of ['vgg', 'resnet18t']) {
    it(`gives the outputs of a full pass: ${name}`, async () => {
      const path = sharedPath('golden', name, 'model_bn.onnx');
      const model = await loadClassifier(path, { engine, precision: 'float32' });
      const { graph, shapes } = inForm(model, 'merged-before');
      const rows: Span[] = [
        [0, 8],
        [27, 34],
        [60, 64],
      ];
      const plan = planPatches(graph, shapes, boxesOf(rows, rows));
      expect(plan.share).toBeLessThan(0.7);
      await agrees(model, rows, rows, plan);
    });
  }
});
