import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { distractor, imageTheory, SIDE, signal } from '../../synthetic/suppressor/image.js';
import {
  conditionalShapley as closedForm,
  gaussianGiven,
  type Pair,
  suppressorTheory,
} from '../../synthetic/suppressor/theory.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { conditionalShapley, spreadOf, times } from '../definitions/linear.js';
import type { ConformanceCase, Exact } from './case.js';

interface LinearProblem {
  readonly name: string;
  readonly shows: string;
  readonly height: number;
  readonly width: number;
  /** Weights of the log-odds, which the network computes. */
  readonly weights: Float64Array;
  /** Cov(x) w / Var(w x). */
  readonly pattern: Float64Array;
  /** Columns of a root of the covariance of x. */
  readonly root: readonly ArrayLike<number>[];
  readonly points: readonly Float64Array[];
}

const BASELINE = 0.25;

/** The closed forms of all methods on the best classifier of a linear problem. */
function caseOf({ name, shows, height, width, ...problem }: LinearProblem): ConformanceCase {
  const { weights: w, pattern, root, points } = problem;
  const images = (rows: readonly ArrayLike<number>[]): Tensor =>
    tensor(Float32Array.from(rows.flatMap((row) => Array.from(row))), [rows.length, 1, height, width]);
  const each = (of: (x: Float64Array, f: number) => Float64Array) =>
    images(
      points.map((x) =>
        of(
          x,
          w.reduce((sum, value, i) => sum + value * x[i]!, 0),
        ),
      ),
    );
  const parts = each((x) => w.map((value, i) => value * x[i]!));
  const shared = each((x) => w.map((value, i) => value * (x[i]! - BASELINE)));
  // Both signs of each column: a sample of mean 0 that has the covariance exactly.
  const length = Math.sqrt(root.length);
  const data = images(
    root.flatMap((column) => [1, -1].map((sign) => Array.from(column, (value) => sign * length * value))),
  );
  const by = (map: Tensor, method: string, options = {}): Exact => ({ map, own: { method, options } });
  return {
    ...{ name, shows, baseline: BASELINE, data, input: images(points) },
    graph: linear(name, w, height, width),
    exact: {
      gradient: by(
        each(() => w),
        'gradient',
      ),
      'input-x-gradient': by(parts, 'input-x-gradient'),
      lrp: by(parts, 'lrp', { composite: 'epsilon', epsilon: 1e-9 }),
      'integrated-gradients': by(shared, 'integrated-gradients', { baseline: BASELINE }),
      deeplift: by(shared, 'deeplift', { baseline: BASELINE }),
      'marginal-shapley': by(shared, 'shapley-sampling', { baseline: BASELINE, segments: 'each' }),
      'activation-pattern': by(
        each(() => pattern),
        'activation-pattern',
        { data, outputs: 'alone' },
      ),
      patternnet: by(
        each((_, f) => pattern.map((value) => value * f)),
        'patternnet',
        { data, estimator: 'linear' },
      ),
      patternattribution: by(
        each((_, f) => pattern.map((value, i) => value * w[i]! * f)),
        'patternattribution',
        { data, estimator: 'linear' },
      ),
    },
  };
}

/** One layer without a bias: w x and its negative. */
function linear(name: string, w: Float64Array, height: number, width: number): Graph {
  const net = startGraph(name);
  const weight = net.constant(
    float32(Float32Array.from([...w].flatMap((value) => [value, -value])), [w.length, 2]),
    'weight',
  );
  const logits = net.emit('Gemm', [net.emit('Flatten', ['image']), weight], {}, 'logits');
  return net.finish(
    [{ name: 'image', type: 'float32', shape: ['N', 1, height, width] }],
    [{ name: logits, type: 'float32', shape: ['N', 2] }],
  );
}

function two(): ConformanceCase {
  const settings = { alpha: 0.5, s1: 0.8, s2: 0.5, c: 0.8 };
  const { weights, pattern, within } = suppressorTheory(settings);
  const { v1, v2, cv } = within;
  const points: readonly Pair[] = [
    [0.5, 0],
    [0.5, 0.25],
    [-0.5, 0.25],
    [0.3, -1.2],
  ];
  const found = caseOf({
    name: 'suppressor-2d',
    shows: 'The second pixel only cancels noise: it has weight, and no pattern.',
    ...{ height: 1, width: 2 },
    weights: Float64Array.from(weights),
    pattern: Float64Array.from(pattern),
    root: [
      [settings.alpha, 0],
      [Math.sqrt(v1), cv / Math.sqrt(v1)],
      [0, Math.sqrt(v2 - (cv * cv) / v1)],
    ],
    points: points.map((x) => Float64Array.from(x)),
  });
  const { shape } = found.input;
  const given = gaussianGiven(settings);
  const exact = tensor(Float32Array.from(points.flatMap((x) => closedForm(given, weights, x))), shape);
  const computed = () => {
    const { data } = found.data!;
    const spread = spreadOf({ values: Float64Array.from(data), count: data.length / 2, width: 2 });
    const matrix = conditionalShapley(spread)(Float64Array.from(weights));
    return tensor(Float32Array.from(points.flatMap((x) => [...times(matrix, Float64Array.from(x))])), shape);
  };
  return { ...found, exact: { ...found.exact, 'conditional-shapley': { map: exact, own: { computed } } } };
}

function sixtyFour(): ConformanceCase {
  const factors = { signal: 0.5, distractor: 1, noise: 0.5 };
  const pixels = SIDE * SIDE;
  const unit = (at: number) => Float64Array.from({ length: pixels }, (_, i) => (i === at ? 1 : 0));
  const identity = Float64Array.from({ length: pixels * pixels }, (_, at) =>
    at % (pixels + 1) === 0 ? 1 : 0,
  );
  const { weights, pattern } = imageTheory(factors, identity);
  return caseOf({
    name: 'suppressor-64d',
    shows: 'Blobs that the class adds, and a distractor over half of them: weights cover both.',
    ...{ height: SIDE, width: SIDE, weights, pattern },
    root: [
      signal.map((value) => factors.signal * value),
      distractor.map((value) => factors.distractor * value),
      ...Array.from({ length: pixels }, (_, at) => unit(at).map((value) => factors.noise * value)),
    ],
    points: [1, 2, 3].map((k) =>
      signal.map((value, i) => value / 2 + Math.fround(Math.sin(k * (i + 1))) / 2),
    ),
  });
}

/** The linear suppressor problems in 2 and 64 dimensions, with the best classifier of each. */
export const suppressorCases: readonly ConformanceCase[] = [two(), sixtyFour()];
