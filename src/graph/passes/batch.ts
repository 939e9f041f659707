import { sizeOf } from '../../tensor/tensor.js';
import { int, intOf, intsOf, stringOf } from '../attributes.js';
import { int64, numbers } from '../elements.js';
import type { Constant, Node } from '../graph.js';
import { axisOf } from '../shapes.js';
import { changed, type Edit } from './rewrite.js';

/** Where the batch is in a value: along `axis`, whose length is `outer` x batch x `inner`. */
export interface Place {
  readonly axis: number;
  readonly outer: number;
  readonly inner: number;
}

/** One way to read a node: the place of the batch in its outputs (the same in all), and the node rewritten. */
export interface Reading {
  readonly place: Place;
  readonly write: (edit: Edit) => Node | readonly Node[];
}

/** What is known of a node whose inputs hold the batch. */
export interface Situation {
  readonly node: Node;
  readonly places: readonly (Place | undefined)[];
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
  readonly known: (value: string | undefined) => Constant | undefined;
  /** The batch that the shapes are of. */
  readonly batch: number;
}

type Reader = (situation: Situation) => readonly Reading[];

/** Every way to read a node, the likeliest first; none where the batch cannot pass through it. */
export function readingsOf(situation: Situation): readonly Reading[] {
  const { op, domain } = situation.node;
  if (domain !== '') return domain === 'com.microsoft' && fused.has(op) ? elementwise(situation) : [];
  const reader = Object.hasOwn(readers, op) ? readers[op] : undefined;
  return (reader ?? elementwise)(situation);
}

const same = (place: Place, node: Node): Reading[] => [{ place, write: () => node }];

const fused = new Set(['Gelu', 'FastGelu', 'QuickGelu', 'BiasGelu']);

/** Inputs are aligned at their last axes. */
const elementwise: Reader = ({ node, places, inputs, output }) => {
  if (!pointwise.has(node.op)) return [];
  const aligned = places.flatMap((place, i) =>
    place ? [{ ...place, axis: place.axis + output.length - inputs[i]!.length }] : [],
  );
  const [first, ...rest] = aligned;
  if (!first || rest.some((p) => !isSame(p, first))) return [];
  const fits = inputs.every((dims, i) => {
    const own = first.axis - (output.length - dims.length);
    return places[i] || own < 0 || dims[own] === 1;
  });
  // A length of one is repeated over whatever stands there.
  return fits ? same(first, node) : [];
};

const pointwise = new Set(
  (
    'Abs Acos Acosh Add And Asin Asinh Atan Atanh Cast Ceil Celu Clip Cos Cosh Div Dropout Elu Equal Erf Exp Floor Gelu ' +
    'FastGelu QuickGelu BiasGelu Greater GreaterOrEqual HardSigmoid HardSwish Identity IsInf IsNaN LeakyRelu Less ' +
    'LessOrEqual Log Max Mean Min Mish Mod Mul Neg Not Or PRelu Pow Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin ' +
    'Sinh Softplus Softsign Sqrt Sub Sum Tan Tanh ThresholdedRelu Where Xor'
  ).split(' '),
);

/** Operators over [batch, channel, ...]. */
const batchFirst: Reader = ({ node, places: [x, ...others] }) =>
  x?.axis === 0 && !others.some(Boolean) ? same(x, node) : [];

const resize: Reader = (situation) => {
  const { node, known, output } = situation;
  const sizes = node.inputs[3];
  if (batchFirst(situation).length === 0) return [];
  const place = situation.places[0]!;
  if (!sizes) return same(place, node);
  const axes = intsOf(node, 'axes') ?? output.map((_, axis) => axis);
  const given = known(sizes);
  if (!given) return [];
  const kept = axes.flatMap((axis, i) => (axisOf(axis, output.length) === 0 ? [] : [i]));
  return [
    {
      place,
      write: (edit) =>
        changed(node, {
          inputs: [...node.inputs.slice(0, 3), edit.constant(int64(kept.map((i) => numbers(given)[i]!)))],
          attributes: { axes: { kind: 'ints', value: kept.map((i) => axes[i]!) } },
        }),
    },
  ];
};

/** Operators that mix the values along some axes, through which the batch must not run. */
const along =
  (axesOf: (situation: Situation) => readonly number[]): Reader =>
  (situation) => {
    const { node, places, inputs } = situation;
    const [place, ...others] = places;
    if (!place || others.some(Boolean)) return [];
    const axes = axesOf(situation).map((axis) => axisOf(axis, inputs[0]!.length));
    return axes.includes(place.axis) ? [] : same(place, node);
  };

const oneAxis = (otherwise: number) => along(({ node }) => [intOf(node, 'axis', otherwise)]);

const fromAxis = along(({ node, inputs }) => {
  const rank = inputs[0]!.length;
  const first = axisOf(intOf(node, 'axis', -1), rank);
  return Array.from({ length: rank - first }, (_, i) => first + i);
});

const reduction: Reader = ({ node, places: [place, ...others], inputs, known }) => {
  if (!place || others.some(Boolean)) return [];
  const rank = inputs[0]!.length;
  const given = node.inputs[1] ? known(node.inputs[1]) : undefined;
  if (node.inputs[1] && !given) return [];
  const all = inputs[0]!.map((_, axis) => axis);
  const listed = given && given.data.length > 0 ? numbers(given).map((axis) => axisOf(axis, rank)) : all;
  const axes = /^Arg/.test(node.op) ? [axisOf(intOf(node, 'axis', 0), rank)] : listed;
  if (axes.includes(place.axis)) return [];
  const before = intOf(node, 'keepdims', 1) ? 0 : axes.filter((axis) => axis < place.axis).length;
  return same({ ...place, axis: place.axis - before }, node);
};

const matMul: Reader = ({ node, places: [a, b], inputs, output }) => {
  const [ra, rb] = [inputs[0]!.length, inputs[1]!.length];
  if (a?.axis === ra - 1 || (b && b.axis === rb - 2)) return [];
  const moved = [
    a && { ...a, axis: a.axis + output.length - ra },
    b && { ...b, axis: b.axis + output.length - rb },
  ];
  const [first, second] = moved.filter((p) => p !== undefined);
  if (second && !isSame(first!, second)) return [];
  if (second && first!.axis >= output.length - 2) return [];
  const other = a ? inputs[1]! : inputs[0]!;
  const own = first!.axis - output.length + other.length;
  const broadcast = second || first!.axis >= output.length - 2 || own < 0 || other[own] === 1;
  return broadcast ? same(first!, node) : [];
};

const gemm: Reader = ({ node, places: [a, b, c] }) => {
  if (c || (a && b)) return [];
  if (a) return a.axis === intOf(node, 'transA', 0) ? same({ ...a, axis: 0 }, node) : [];
  return b!.axis === 1 - intOf(node, 'transB', 0) ? same({ ...b!, axis: 1 }, node) : [];
};

const transpose: Reader = ({ node, places: [place], output }) => {
  const perm = intsOf(node, 'perm') ?? output.map((_, axis) => output.length - 1 - axis);
  return same({ ...place!, axis: perm.indexOf(place!.axis) }, node);
};

/** What does not hold the batch (a class token) is repeated over it. */
const concat: Reader = ({ node, places, inputs, output, batch }) => {
  const held = places.flatMap((place, i) => (place ? [{ place, value: node.inputs[i]! }] : []));
  const { place, value } = held[0]!;
  if (axisOf(intOf(node, 'axis', 0), output.length) === place.axis) return [];
  if (held.some((h) => !isSame(h.place, place))) return [];
  if (held.length === places.length) return same(place, node);
  if (batch !== 1 || inputs.some((dims, i) => !places[i] && dims[place.axis] !== 1)) return [];
  const write = (edit: Edit) => {
    const at = { start: int(place.axis), end: int(place.axis + 1) };
    const length = edit.fresh(`${node.name}.length`);
    const target = edit.fresh(`${node.name}.target`);
    const ones = (n: number) => edit.constant(int64(Array(n).fill(1)));
    const around = [ones(place.axis), length, ones(output.length - place.axis - 1)];
    const made: Node[] = [
      edit.node('Shape', [value], length, at),
      edit.node('Concat', around, target, { axis: int(0) }),
    ];
    const repeated = node.inputs.map((input, i) => {
      if (places[i]) return input;
      const name = edit.fresh(`${input}.repeated`);
      made.push(edit.node('Expand', [input, target], name));
      return name;
    });
    return [...made, changed(node, { inputs: repeated })];
  };
  return [{ place, write }];
};

const sliced: Reader = ({ node, places: [place], inputs, output, known }) => {
  const given = node.inputs[3] ? known(node.inputs[3]) : undefined;
  if (node.inputs[3] && !given) return [];
  const rank = inputs[0]!.length;
  const starts = known(node.inputs[1]);
  const axes = given
    ? numbers(given).map((axis) => axisOf(axis, rank))
    : starts
      ? numbers(starts).map((_, i) => i)
      : [];
  const at = axes.indexOf(place!.axis);
  if (at < 0) return same(place!, node);
  const ends = known(node.inputs[2]);
  const steps = node.inputs[4] ? known(node.inputs[4]) : undefined;
  const step = steps ? numbers(steps)[at] : 1;
  if (!starts || !ends || step !== 1 || output[place!.axis] !== inputs[0]![place!.axis]) return [];
  const whole = (values: Constant, value: number) =>
    int64(numbers(values).map((v, i) => (i === at ? value : v)));
  return [
    {
      place: place!,
      write: (edit) =>
        changed(node, {
          inputs: [
            node.inputs[0]!,
            edit.constant(whole(starts, 0)),
            edit.constant(whole(ends, 2 ** 31 - 1)),
            ...node.inputs.slice(3),
          ],
        }),
    },
  ];
};

const padded: Reader = ({ node, places: [place, ...others], inputs, known }) => {
  const pads = known(node.inputs[1]);
  if (!place || !pads || others.some(Boolean)) return [];
  const rank = inputs[0]!.length;
  const given = node.inputs[3] ? known(node.inputs[3]) : undefined;
  const axes = given ? numbers(given).map((axis) => axisOf(axis, rank)) : inputs[0]!.map((_, axis) => axis);
  const at = axes.indexOf(place.axis);
  const amounts = numbers(pads);
  return at < 0 || (amounts[at] === 0 && amounts[at + axes.length] === 0) ? same(place, node) : [];
};

const gather: Reader = ({ node, places: [data, indices], inputs }) => {
  if (indices || !data) return [];
  const axis = axisOf(intOf(node, 'axis', 0), inputs[0]!.length);
  if (axis === data.axis) return [];
  const shift = axis < data.axis ? inputs[1]!.length - 1 : 0;
  return same({ ...data, axis: data.axis + shift }, node);
};

const expand: Reader = ({ node, places: [place], inputs, output, known }) => {
  const target = known(node.inputs[1]);
  if (!place || !target) return [];
  const axis = place.axis + output.length - inputs[0]!.length;
  const lengths = numbers(target);
  const own = axis - (output.length - lengths.length);
  const open = int64(lengths.map((length, i) => (i === own ? 1 : length)));
  return [
    {
      place: { ...place, axis },
      write: (edit) => changed(node, { inputs: [node.inputs[0]!, edit.constant(open)] }),
    },
  ];
};

const tile: Reader = ({ node, places: [place], known }) => {
  const repeats = known(node.inputs[1]);
  return place && repeats && numbers(repeats)[place.axis] === 1 ? same(place, node) : [];
};

const einsum: Reader = ({ node, places, inputs }) => {
  const [left = '', right = ''] = stringOf(node, 'equation', '').replaceAll(' ', '').split('->');
  const terms = left.split(',');
  if (left.includes('.')) return [];
  const letters = places.flatMap((place, i) => (place ? [terms[i]![place.axis]!] : []));
  const [letter] = letters;
  const [place] = places.filter((p) => p !== undefined);
  const axis = right.indexOf(letter!);
  const alone = terms.every((term, i) => places[i] || !term.includes(letter!) || inputs[i]!.length === 0);
  return axis >= 0 && alone && letters.every((l) => l === letter) ? same({ ...place!, axis }, node) : [];
};

const squeeze: Reader = (situation) => {
  const { node, places, inputs, known } = situation;
  const given = known(node.inputs[1]);
  const rank = inputs[0]!.length;
  if (!given) return reshape(situation);
  const axes = numbers(given).map((axis) => axisOf(axis, rank));
  const [place] = places;
  if (axes.includes(place!.axis)) return reshape(situation);
  return same({ ...place!, axis: place!.axis - axes.filter((axis) => axis < place!.axis).length }, node);
};

const unsqueeze: Reader = (situation) => {
  const { node, places, output, known } = situation;
  const given = known(node.inputs[1]);
  if (!given) return [];
  const added = new Set(numbers(given).map((axis) => axisOf(axis, output.length)));
  const old = output.flatMap((_, axis) => (added.has(axis) ? [] : [axis]));
  return same({ ...places[0]!, axis: old[places[0]!.axis]! }, node);
};

/**
 * In the flat order of elements the batch stands between `left` slower and `right` faster ones. Each axis of the
 * target that spans that spot may hold it; an axis of its own is likeliest, then the slowest part of one.
 */
const reshape: Reader = ({ node, places, inputs, output, batch }) => {
  const place = places[0];
  if (!place || places[1]) return [];
  const left = sizeOf(inputs[0]!.slice(0, place.axis)) * place.outer;
  const right = sizeOf(inputs[0]!.slice(place.axis + 1)) * place.inner;
  const found = output.flatMap((length, axis): Place[] => {
    const outer = left / sizeOf(output.slice(0, axis));
    const inner = right / sizeOf(output.slice(axis + 1));
    const whole = Number.isInteger(outer) && Number.isInteger(inner) && length === outer * inner * batch;
    return whole ? [{ axis, outer, inner }] : [];
  });
  const rank = ({ outer, inner }: Place) => (outer * inner === 1 ? 0 : outer === 1 ? 1 : inner === 1 ? 2 : 3);
  return found
    .toSorted((p, q) => rank(p) - rank(q))
    .map((to) => ({
      place: to,
      write: (edit) => {
        const target = int64(output.map((length, axis) => (axis === to.axis ? -1 : length)));
        return changed(node, {
          op: 'Reshape',
          inputs: [node.inputs[0]!, edit.constant(target)],
          attributes: { axis: undefined, allowzero: undefined },
        });
      },
    }));
};

const isSame = (a: Place, b: Place) => a.axis === b.axis && a.outer === b.outer && a.inner === b.inner;

const readers: Readonly<Record<string, Reader>> = {
  ...Object.fromEntries(
    (
      'AveragePool BatchNormalization Conv ConvTranspose DepthToSpace GlobalAveragePool GlobalMaxPool GroupNormalization ' +
      'InstanceNormalization LRN LpPool GlobalLpPool MaxPool SpaceToDepth'
    )
      .split(' ')
      .map((op) => [op, batchFirst]),
  ),
  ...Object.fromEntries(
    'ArgMax ArgMin ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare'
      .split(' ')
      .map((op) => [op, reduction]),
  ),
  Concat: concat,
  CumSum: along(({ node, known }) => (known(node.inputs[1]) ? numbers(known(node.inputs[1])!) : [0])),
  Einsum: einsum,
  Expand: expand,
  Flatten: reshape,
  Gather: gather,
  Gemm: gemm,
  Hardmax: oneAxis(-1),
  LayerNormalization: fromAxis,
  LogSoftmax: oneAxis(-1),
  LpNormalization: oneAxis(-1),
  MatMul: matMul,
  Pad: padded,
  Reshape: reshape,
  Resize: resize,
  Slice: sliced,
  Softmax: oneAxis(-1),
  Split: oneAxis(0),
  Squeeze: squeeze,
  Tile: tile,
  TopK: oneAxis(-1),
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
