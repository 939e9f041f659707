import type { Builder } from '../../graph/builder.js';

/** The methods that a network's exact attributions are stated of. */
export const exactMethods = [
  'gradient',
  'input-x-gradient',
  'integrated-gradients',
  'deeplift',
  'shapley-exact',
  'occlusion',
] as const;
export type ExactMethod = (typeof exactMethods)[number];

/** Four numbers: the pixels of an image of 2x2, row by row. */
export type Pixels = readonly [number, number, number, number];

/** An input and what each method has to say about it; a method without a stated answer is left out. */
export interface Point {
  readonly x: Pixels;
  readonly exact: Readonly<Partial<Record<ExactMethod, Pixels>>>;
}

/** A network whose weights were set by hand, so that its attributions are known exactly. */
export interface HandNetwork {
  readonly name: string;
  /** What it shows about methods. */
  readonly shows: string;
  /** What stands for an absent pixel: the baseline of all methods that have one. */
  readonly baseline: number;
  /** Adds the network's nodes; `pixel` are values `[N, 1]`. Returns its output `[N, 1]`. */
  build(net: Builder, pixel: readonly [string, string, string, string]): string;
  readonly points: readonly Point[];
}

const zero: Pixels = [0, 0, 0, 0];

/** Gradient times input, which is defined by the gradient. */
const local = (x: Pixels, gradient: Pixels): Point['exact'] => ({
  gradient,
  'input-x-gradient': [x[0] * gradient[0], x[1] * gradient[1], x[2] * gradient[2], x[3] * gradient[3]],
});

/** The same answer of every method that shares out the change from the baseline. */
const shared = (answer: Pixels): Point['exact'] => ({
  'integrated-gradients': answer,
  deeplift: answer,
  'shapley-exact': answer,
  occlusion: answer,
});

/** A wave of slope 4 or -4 that turns at each eighth, from rectifiers. */
const wave = (net: Builder, x: string) =>
  net.sumOf(
    Array.from({ length: 8 }, (_, k) =>
      net.mul(k === 0 ? 4 : k % 2 === 1 ? -8 : 8, net.relu(net.sub(x, k / 8))),
    ),
  );

/** Hand-weighted networks, of the kinds of Lee et al. 2025, XAI-Units (arXiv:2506.01059), and more. */
export const handNetworks: readonly HandNetwork[] = [
  {
    name: 'linear',
    shows: 'Every method agrees, up to the input; the fourth pixel has no weight.',
    baseline: 0,
    build: (net, [a, b, c]) => net.sumOf([net.mul(3, a), net.mul(-2, b), net.mul(0.5, c)]),
    points: [
      {
        x: [1, 2, -1, 4],
        exact: { ...local([1, 2, -1, 4], [3, -2, 0.5, 0]), ...shared([3, -4, -0.5, 0]) },
      },
    ],
  },
  {
    name: 'suppressor',
    shows: 'The best answer to a problem in which the second pixel says nothing: every method blames it.',
    baseline: 0,
    build: (net, [a, b]) => net.add(net.mul(17.36111111111111, a), net.mul(-22.22222222222222, b)),
    points: [
      {
        x: [0.5, 0.25, 0, 0],
        exact: {
          ...local([0.5, 0.25, 0, 0], [17.36111111111111, -22.22222222222222, 0, 0]),
          ...shared([8.680555555555555, -5.555555555555555, 0, 0]),
        },
      },
    ],
  },
  {
    name: 'conflict',
    shows: 'The second pixel cancels the first behind a rectifier; where it wins, the gradient is blind.',
    baseline: 0,
    build: (net, [a, b]) => net.relu(net.sub(a, b)),
    points: [
      {
        x: [2, 1, 3, 5],
        exact: {
          ...local([2, 1, 3, 5], [1, -1, 0, 0]),
          'integrated-gradients': [2, -1, 0, 0],
          deeplift: [2, -1, 0, 0],
          'shapley-exact': [1.5, -0.5, 0, 0],
          occlusion: [1, -1, 0, 0],
        },
      },
      {
        x: [1, 2, 3, 5],
        exact: {
          ...local([1, 2, 3, 5], zero),
          'integrated-gradients': zero,
          deeplift: zero,
          'shapley-exact': [0.5, -0.5, 0, 0],
          occlusion: [0, -1, 0, 0],
        },
      },
    ],
  },
  {
    name: 'interaction',
    shows: 'A product: what belongs to both is counted once, or twice.',
    baseline: 0,
    build: (net, [a, b, c]) => net.add(net.mul(a, b), c),
    points: [
      {
        x: [2, 3, 1, 7],
        exact: {
          ...local([2, 3, 1, 7], [3, 2, 1, 0]),
          'integrated-gradients': [3, 3, 1, 0],
          'shapley-exact': [3, 3, 1, 0],
          occlusion: [6, 6, 1, 0],
        },
      },
    ],
  },
  {
    name: 'and',
    shows: 'Both pixels are needed: taking either away takes everything away.',
    baseline: 0,
    build: (net, [a, b]) => net.relu(net.sub(net.add(a, b), 1)),
    points: [
      {
        x: [1, 1, 0, 1],
        exact: {
          ...local([1, 1, 0, 1], [1, 1, 0, 0]),
          ...shared([0.5, 0.5, 0, 0]),
          occlusion: [1, 1, 0, 0],
        },
      },
    ],
  },
  {
    name: 'or',
    shows: 'Either pixel is enough: taking one away changes nothing, and the gradient is zero.',
    baseline: 0,
    build: (net, [a, b]) => net.sub(net.add(a, b), net.relu(net.sub(net.add(a, b), 1))),
    points: [
      {
        x: [1, 1, 0, 1],
        exact: { ...local([1, 1, 0, 1], zero), ...shared([0.5, 0.5, 0, 0]), occlusion: zero },
      },
    ],
  },
  {
    name: 'xor',
    shows: 'Two pixels that cancel each other: what is shared out is nothing, what is local is not.',
    baseline: 0,
    build: (net, [a, b]) => net.sub(net.add(a, b), net.mul(2, net.relu(net.sub(net.add(a, b), 1)))),
    points: [
      {
        x: [1, 1, 1, 0],
        exact: {
          ...local([1, 1, 1, 0], [-1, -1, 0, 0]),
          ...shared(zero),
          occlusion: [-1, -1, 0, 0],
        },
      },
    ],
  },
  {
    name: 'saturation',
    shows: 'An output that grows no more: the gradient is zero where the evidence is strongest.',
    baseline: 0,
    build: (net, [a]) => net.sub(a, net.relu(net.sub(a, 1))),
    points: [{ x: [3, 1, 1, 1], exact: { ...local([3, 1, 1, 1], zero), ...shared([1, 0, 0, 0]) } }],
  },
  {
    name: 'pertinent-negative',
    shows: 'What is absent counts: a dark pixel on white ground, which input times gradient hides.',
    baseline: 1,
    build: (net, [a]) => net.relu(net.sub(1, a)),
    points: [
      {
        x: [0, 1, 0.5, 1],
        exact: { ...local([0, 1, 0.5, 1], [-1, 0, 0, 0]), ...shared([1, 0, 0, 0]) },
      },
    ],
  },
  {
    name: 'shattered-gradients',
    shows: 'A straight line with a small wave: gradients have the wrong sign, their mean has not.',
    baseline: 0,
    build: (net, [a]) => net.add(a, wave(net, a)),
    points: [
      {
        x: [1, 0.5, 0.5, 0.5],
        exact: { ...local([1, 0.5, 0.5, 0.5], [-3, 0, 0, 0]), ...shared([1, 0, 0, 0]) },
      },
    ],
  },
  {
    name: 'square',
    shows: 'A curved output: input times gradient is twice of what is there to be shared out.',
    baseline: 0,
    build: (net, [a]) => net.mul(a, a),
    points: [
      {
        x: [3, 1, 1, 1],
        exact: {
          ...local([3, 1, 1, 1], [6, 0, 0, 0]),
          'integrated-gradients': [9, 0, 0, 0],
          'shapley-exact': [9, 0, 0, 0],
          occlusion: [9, 0, 0, 0],
        },
      },
    ],
  },
  {
    name: 'greatest',
    shows: 'Only the winner has a gradient; the others would win without it.',
    baseline: 0,
    build: (net, pixels) => net.reduce('ReduceMax', net.concat(pixels, 1), [1]),
    points: [
      {
        x: [4, 1, 3, 2],
        exact: {
          ...local([4, 1, 3, 2], [1, 0, 0, 0]),
          'integrated-gradients': [4, 0, 0, 0],
          'shapley-exact': [25 / 12, 1 / 4, 13 / 12, 7 / 12],
          occlusion: [1, 0, 0, 0],
        },
      },
    ],
  },
];
