import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float } from '../../graph/attributes.js';
import { classifierOf } from '../../model/load.js';
import { network, pooled, type Sketch } from '../../testing/networks/layers.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

type Middle = (s: Sketch, x: string) => string;

/** The notes on a network with a ReLU, `middle` behind two of its layers, and `first` before all. */
async function notesOn(middle: Middle, method = 'guided-backprop', first: Middle = (_, x) => x) {
  const graph = network('mixed', [2, 6, 6], (s) => {
    const rectified = s.emit('Relu', [s.conv(first(s, 'input'), [2, 4], 3)]);
    const one = middle(s, s.conv(rectified, [4, 4], 3));
    return [pooled(s, middle(s, s.conv(one, [4, 4], 3))), 4];
  });
  const model = await classifierOf(graph, 'mixed', { engine });
  const input = { data: Float32Array.from({ length: 72 }, (_, i) => Math.sin(i)), shape: [1, 2, 6, 6] };
  return (await attribute(model, method, input, [0])).notes;
}

const unary =
  (op: string): Middle =>
  (s, x) =>
    s.emit(op, [x]);
const mul = (s: Sketch, a: string, b: string) => s.emit('Mul', [a, b]);
const plus = (s: Sketch, x: string, number: number) => s.emit('Add', [x, s.number(number)]);
const times = (s: Sketch, x: string, number: number) => mul(s, x, s.number(number));
const clip = (s: Sketch, x: string, low: number, high: number) =>
  s.emit('Clip', [x, s.number(low), s.number(high)]);
const erf = (s: Sketch, x: string) => plus(s, s.emit('Erf', [times(s, x, Math.SQRT1_2)]), 1);
const tanh = (s: Sketch, x: string) => {
  const cube = times(s, s.emit('Pow', [x, s.number(3)]), 0.044715);
  return plus(s, s.emit('Tanh', [times(s, s.emit('Add', [x, cube]), 0.8)]), 1);
};

const kept: Readonly<Record<string, readonly Middle[]>> = {
  Gelu: [
    unary('Gelu'),
    (s, x) => times(s, mul(s, x, erf(s, x)), 0.5),
    (s, x) => mul(s, times(s, x, 0.5), erf(s, x)),
    (s, x) => mul(s, times(s, erf(s, x), 0.5), x),
    (s, x) => mul(s, times(s, x, 0.5), tanh(s, x)),
  ],
  HardSwish: [
    unary('HardSwish'),
    (s, x) => mul(s, x, s.emit('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) })),
    (s, x) => mul(s, x, clip(s, plus(s, times(s, x, 1 / 6), 0.5), 0, 1)),
  ],
  Mish: [unary('Mish'), (s, x) => mul(s, x, s.emit('Tanh', [s.emit('Softplus', [x])]))],
  'Swish/SiLU': [
    (s, x) => mul(s, x, s.emit('Sigmoid', [x])),
    (s, x) => mul(s, s.emit('Sigmoid', [times(s, x, 1.702)]), x),
    (s, x) => s.emit('Div', [x, plus(s, s.emit('Exp', [s.emit('Neg', [x])]), 1)]),
  ],
  Softsign: [unary('Softsign'), (s, x) => s.emit('Div', [x, plus(s, s.emit('Abs', [x]), 1)])],
  PRelu: [(s, x) => s.emit('PRelu', [x, s.numbers([0.1, 0.2, 0.3, 0.4], [4, 1, 1])])],
  Clip: [(s, x) => clip(s, x, -1, 1)],
  ...Object.fromEntries(
    ['Celu', 'Elu', 'HardSigmoid', 'LeakyRelu', 'Selu', 'Sigmoid', 'Softplus', 'Tanh'].map((op) => [
      op,
      [unary(op)],
    ]),
  ),
};
const cases = Object.entries(kept).flatMap(([name, forms]) =>
  forms.map((form, i) => [name, i + 1, form] as const),
);

describe('beside rectifiers, the notes tell of the gradient', () => {
  it.each(cases)('that %s keeps, form %i', async (name, _, middle) => {
    for (const method of ['guided-backprop', 'deconvolution']) {
      const notes = await notesOn(middle, method);
      expect(notes).toEqual([
        expect.stringMatching(
          `^only ReLU and ReLU6 are changed on the way back; other activations keep their own gradient: 2 ${name} \\(first node '.+'\\)$`,
        ),
      ]);
    }
  });

  it('that each of several kinds keeps', async () => {
    const [note] = await notesOn((s, x) => s.emit('Elu', [s.emit('HardSwish', [s.emit('Relu', [x])])]));
    expect(note).toMatch(/: 2 HardSwish \(first node '[^']+'\), 2 Elu \(first node '[^']+'\)$/);
  });

  it('that guided Grad-CAM leaves too', async () => {
    expect((await notesOn(unary('HardSwish'), 'guided-gradcam'))[0]).toMatch(/: 2 HardSwish/);
  });

  it.each<[string, Middle]>([
    ['Clip', (s, x) => times(s, mul(s, x, clip(s, plus(s, x, 3), 0, 6)), 1 / 6)],
    ['Relu', (s, x) => mul(s, x, s.emit('Min', [s.emit('Relu', [plus(s, x, 3)]), s.number(6)]))],
  ])('that changes within a hard swish made with %s', async (_, middle) => {
    expect(await notesOn(middle)).toEqual([
      expect.stringMatching(/^the ReLU or ReLU6 within these is changed on .*: 2 HardSwish \(first node/),
    ]);
  });
});

/** Rounded to a grid by operators of floats; the zero point is added after the rounding or before it. */
function fakeQuantised(s: Sketch, x: string, low: number, high: number, zero = 0, at = 'after') {
  const scaled = s.emit('Div', [x, s.number(0.05)]);
  const shifted = (value: string) => (zero === 0 ? value : plus(s, value, zero));
  const rounded = at === 'before' ? s.emit('Round', [shifted(scaled)]) : shifted(s.emit('Round', [scaled]));
  const bounded = clip(s, rounded, low, high);
  return times(s, zero === 0 ? bounded : s.emit('Sub', [bounded, s.number(zero)]), 0.05);
}

const dynamic = (s: Sketch, x: string) =>
  s.emit('DequantizeLinear', s.builder.emitAll('DynamicQuantizeLinear', [x], 3));

const squeezed: Middle = (s, x) => s.conv(s.emit('GlobalAveragePool', [x]), [4, 4], 1);

it.each<[string, Middle, Middle?]>([
  ['ReLU', unary('Relu')],
  ['ReLU6', (s, x) => clip(s, x, 0, 6)],
  ['a gate of Sigmoid', (s, x) => mul(s, x, s.emit('Sigmoid', [squeezed(s, x)]))],
  ['a gate of HardSigmoid', (s, x) => mul(s, s.emit('HardSigmoid', [squeezed(s, x)]), x)],
  ['a gate by positions', (s, x) => mul(s, x, s.emit('Sigmoid', [s.conv(x, [4, 1], 3)]))],
  ['a square', (s, x) => mul(s, x, x)],
  ['Softmax', unary('Softmax')],
  ['a fake quantisation', (s, x) => fakeQuantised(s, x, -128, 127)],
  ['a fake quantisation of 7 bits', (s, x) => fakeQuantised(s, x, -64, 63)],
  ['a fake quantisation with a zero point', (s, x) => fakeQuantised(s, x, 0, 255, 128)],
  ['one shifted before it is rounded', (s, x) => fakeQuantised(s, x, 0, 255, 100, 'before')],
  ['one of a ReLU', (s, x) => s.emit('Relu', [fakeQuantised(s, x, 0, 255, 128)])],
  ['a dynamic quantisation', (s, x) => dynamic(s, x)],
  ['limits of the image', (_, x) => x, (s, x) => clip(s, x, -1, 1)],
])('%s is no other activation', async (_, middle, first) => {
  expect((await notesOn(middle, 'guided-backprop', first)).join()).not.toMatch('on the way back');
});
