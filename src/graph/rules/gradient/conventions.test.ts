import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { array64 } from '../../../testing/reference/arrays.js';
import { type Case, titleOf } from '../../../testing/reference/cases/index.js';
import { prepare, withGradients } from '../../../testing/reference/prepare.js';
import { int, ints } from '../../attributes.js';
import { backward } from '../../backward.js';
import { extend } from '../../builder.js';
import { float32, int64, numbers, scalar } from '../../elements.js';
import { gradientRuleOf } from './index.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** The gradients of the inputs where each output's seed is 1, 2, 3, .. */
async function gradientsAt(
  target: string | undefined,
  one: Case,
  ...values: readonly (readonly number[])[]
): Promise<number[][]> {
  const prepared = prepare(one);
  const { graph, flat } = withGradients(prepared, target);
  const program = await engine.compile(graph);
  const feeds = Object.fromEntries(
    prepared.graph.inputs.map(({ name }, i) => [name, float32(values[i]!, prepared.feeds[name]!.shape)]),
  );
  const seeds = Object.fromEntries(
    Object.entries(prepared.seeds).map(([name, { data, shape }]) => [
      `s.${name}`,
      float32(
        Array.from(array64(data, shape).data, (_, i) => i + 1),
        shape,
      ),
    ]),
  );
  const got = await program.run({ ...feeds, ...seeds });
  await program.dispose();
  return prepared.graph.inputs
    .filter(({ name }) => !flat.includes(name))
    .map(({ name }) => numbers(got[`d.${name}`]!));
}

const pool = { kernel_shape: ints([2]), strides: ints([2]) };

describe('where a slope jumps', () => {
  const conventions: readonly (readonly [
    string,
    Case,
    readonly (readonly number[])[],
    readonly (readonly number[])[],
  ])[] = [
    ['0 of a ReLU is off', { op: 'Relu', inputs: [[3]] }, [[-1, 0, 1]], [[0, 0, 3]]],
    [
      '0 of a LeakyReLU is below',
      { op: 'LeakyRelu', inputs: [[3]], attributes: { alpha: { kind: 'float', value: 0.5 } } },
      [[-1, 0, 1]],
      [[0.5, 1, 3]],
    ],
    [
      'the bounds of a ReLU6 are off',
      { op: 'Clip', inputs: [[5], scalar(0), scalar(6)] },
      [[-1, 0, 3, 6, 7]],
      [[0, 0, 3, 0, 0]],
    ],
    ['0 of |x| has none', { op: 'Abs', inputs: [[3]] }, [[-2, 0, 2]], [[-1, 0, 3]]],
    ['0 of a length has none', { op: 'ReduceL2', inputs: [[2]] }, [[0, 0]], [[0, 0]]],
    [
      '0 of a window has none',
      { op: 'LpPool', inputs: [[1, 1, 4]], attributes: pool },
      [[0, 0, 3, 4]],
      [[0, 0, 1.2, 1.6]],
    ],
    [
      'one zero of a product takes the others',
      { op: 'ReduceProd', inputs: [[3]] },
      [[2, 0, 5]],
      [[0, 10, 0]],
    ],
    ['two zeros of a product leave nothing', { op: 'ReduceProd', inputs: [[3]] }, [[2, 0, 0]], [[0, 0, 0]]],
    [
      'equal inputs of a maximum share',
      { op: 'Max', inputs: [[2], [2]] },
      [
        [1, 3],
        [1, 2],
      ],
      [
        [0.5, 2],
        [0.5, 0],
      ],
    ],
    [
      'equal values of a reduced maximum share',
      { op: 'ReduceMax', inputs: [[4]] },
      [[2, 1, 2, 0]],
      [[0.5, 0, 0.5, 0]],
    ],
    [
      'the first of equal values in a window takes all',
      { op: 'MaxPool', inputs: [[1, 1, 4]], attributes: pool },
      [[1, 1, 0, 2]],
      [[1, 0, 0, 2]],
    ],
    [
      'the first also where windows overlap',
      { op: 'MaxPool', inputs: [[1, 1, 3]], attributes: { kernel_shape: ints([2]) } },
      [[5, 5, 5]],
      [[1, 2, 0]],
    ],
    [
      'padding is never the maximum',
      {
        op: 'MaxPool',
        inputs: [[1, 1, 2]],
        attributes: { kernel_shape: ints([2]), pads: ints([1, 1]), ceil_mode: int(0) },
      },
      [[-3, -4]],
      [[3, 3]],
    ],
    [
      'the first of equal values of a channel takes all',
      { op: 'GlobalMaxPool', inputs: [[1, 2, 3]] },
      [[0, 4, 4, 2, 2, 2]],
      [[0, 1, 0, 2, 0, 0]],
    ],
    [
      'the power 0 is flat, at 0 too',
      { op: 'Pow', inputs: [[2], [2]] },
      [
        [0, 2],
        [0, 2],
      ],
      [
        [0, 8],
        [0, 8 * Math.log(2)],
      ],
    ],
    [
      'a root of what is negative, which the file does without, is flat',
      { op: 'Pow', inputs: [[2], [2]] },
      [
        [-1, 4],
        [0.5, 0.5],
      ],
      [
        [0, 0.5],
        [0, 4 * Math.log(4)],
      ],
    ],
  ];
  it.each(conventions)('%s', async (_, one, values, expected) => {
    for (const target of [undefined, 'cpu']) {
      const got = await gradientsAt(target, one, ...values);
      expect(got).toHaveLength(expected.length);
      for (const [i, gradient] of expected.entries()) {
        expect(got[i]!.length).toBe(gradient.length);
        for (const [k, value] of gradient.entries()) expect(got[i]![k], titleOf(one)).toBeCloseTo(value, 5);
      }
    }
  });
});

describe('the gradient', () => {
  const refused = (one: Case) => () => withGradients(prepare(one));

  it('names operator, node and method where there is no rule', () => {
    const { graph } = prepare({ op: 'Relu', inputs: [[2]] });
    const odd = { ...graph, nodes: [{ ...graph.nodes[0]!, op: 'Unknown', name: 'blocks.3/odd' }] };
    const shape = { dims: [2], type: 'float32' };
    const walk = () =>
      backward(odd, extend(odd), {
        seeds: { y0: 'seed' },
        wrt: ['x0'],
        ruleFor: gradientRuleOf,
        method: 'gradient',
        shapes: new Map([
          ['x0', shape],
          ['y0', shape],
        ]),
      });
    expect(walk).toThrow("gradient has no rule for operator 'Unknown' (node 'blocks.3/odd')");
  });

  it('refuses forms that it cannot follow, by name', () => {
    const string = (value: string) => ({ kind: 'string', value }) as const;
    const x = ['N', 2, 4] as const;
    expect(
      refused({
        op: 'Resize',
        inputs: [x, '', '', int64([1, 2, 2])],
        attributes: { keep_aspect_ratio_policy: string('not_larger'), mode: string('linear') },
      }),
    ).toThrow("operator 'Resize' (node 'node'): keep_aspect_ratio_policy = not_larger");
    expect(
      refused({
        op: 'Einsum',
        inputs: [
          ['N', 3],
          [1, 2],
        ],
        attributes: { equation: string('bi,ij->bj') },
      }),
    ).toThrow("'i' is broadcast");
    expect(
      refused({ op: 'GatherND', inputs: [x, int64([0, 1], [2, 1])], attributes: { batch_dims: int(1) } }),
    ).toThrow('batch_dims are not 0');
    expect(refused({ op: 'Concat', inputs: [x, [1, 2, 4]], attributes: { axis: int(0) } })).toThrow(
      "it joins the batch with 'x1', which holds none of it",
    );
  });
});
