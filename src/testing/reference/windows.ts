import { intOf, intsOf, stringOf } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';
import { type Array64, at, build, flatOf, indices, sum } from './arrays.js';
import { type Kernel, plain } from './kernel.js';

interface Geometry {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly output: readonly number[];
}

function geometry(node: Node, input: readonly number[], kernel: readonly number[]): Geometry {
  const strides = intsOf(node, 'strides') ?? kernel.map(() => 1);
  const dilations = intsOf(node, 'dilations') ?? kernel.map(() => 1);
  const pads = intsOf(node, 'pads') ?? kernel.flatMap(() => [0, 0]);
  const auto = stringOf(node, 'auto_pad', 'NOTSET');
  const span = kernel.map((k, axis) => (k - 1) * dilations[axis]! + 1);
  if (auto.startsWith('SAME')) {
    const output = input.map((length, axis) => Math.ceil(length / strides[axis]!));
    const total = input.map((length, axis) =>
      Math.max(0, (output[axis]! - 1) * strides[axis]! + span[axis]! - length),
    );
    const less = total.map((t) => Math.floor(t / 2));
    const more = total.map((t) => Math.ceil(t / 2));
    return auto === 'SAME_UPPER'
      ? { strides, dilations, begin: less, end: more, output }
      : { strides, dilations, begin: more, end: less, output };
  }
  const begin = pads.slice(0, kernel.length);
  const end = pads.slice(kernel.length);
  const output = input.map((length, axis) => {
    const room = length + begin[axis]! + end[axis]! - span[axis]!;
    const stride = strides[axis]!;
    if (!intOf(node, 'ceil_mode', 0)) return Math.floor(room / stride) + 1;
    const count = Math.ceil(room / stride) + 1;
    // No window starts in the padding behind the input.
    return (count - 1) * stride >= length + begin[axis]! ? count - 1 : count;
  });
  return { strides, dilations, begin, end, output };
}

/** Where tap `k` of window `o` looks. */
const look = (g: Geometry, o: readonly number[], k: readonly number[]) =>
  k.map((tap, axis) => o[axis]! * g.strides[axis]! + tap * g.dilations[axis]! - g.begin[axis]!);

const Conv: Kernel = ([x, w, b], node) => {
  const [outputs, perGroup, ...kernel] = w!.shape as [number, number, ...number[]];
  const groups = intOf(node, 'group', 1);
  const g = geometry(node, x!.shape.slice(2), kernel);
  const taps = indices([perGroup, ...kernel]).map(([c, ...k]) => ({ c: c!, k }));
  const y = build([x!.shape[0]!, outputs, ...g.output], ([n, o, ...position]) => {
    const first = Math.floor(o! / (outputs / groups)) * perGroup;
    let total = b ? b.data[o!]! : 0;
    for (const { c, k } of taps) {
      total += at(w!, [o!, c, ...k]) * at(x!, [n!, first + c, ...look(g, position, k)]);
    }
    return total;
  });
  return [y];
};

const ConvTranspose: Kernel = ([x, w, b], node) => {
  const [inputs, perGroup, ...kernel] = w!.shape as [number, number, ...number[]];
  const groups = intOf(node, 'group', 1);
  const small = x!.shape.slice(2);
  const strides = intsOf(node, 'strides') ?? kernel.map(() => 1);
  const dilations = intsOf(node, 'dilations') ?? kernel.map(() => 1);
  const extra = intsOf(node, 'output_padding') ?? kernel.map(() => 0);
  const wanted = intsOf(node, 'output_shape');
  const full = kernel.map((k, i) => strides[i]! * (small[i]! - 1) + extra[i]! + (k - 1) * dilations[i]! + 1);
  const auto = stringOf(node, 'auto_pad', 'NOTSET');
  const pads = intsOf(node, 'pads') ?? kernel.flatMap(() => [0, 0]);
  const total = kernel.map((_, i) => (wanted ? full[i]! - wanted[i]! : pads[i]! + pads[i + kernel.length]!));
  const begin = kernel.map((_, i) => {
    if (!wanted) return pads[i]!;
    return auto === 'SAME_UPPER' ? Math.floor(total[i]! / 2) : total[i]! - Math.floor(total[i]! / 2);
  });
  const output = full.map((length, i) => length - total[i]!);
  const channels = perGroup * groups;
  const y = build([x!.shape[0]!, channels, ...output], ([, c]) => (b ? b.data[c!]! : 0));
  const taps = indices([perGroup, ...kernel]).map(([c, ...k]) => ({ c: c!, k }));
  for (const [n, i, ...position] of indices(x!.shape)) {
    const group = Math.floor(i! / (inputs / groups));
    const value = at(x!, [n!, i!, ...position]);
    for (const { c, k } of taps) {
      const place = k.map((tap, a) => position[a]! * strides[a]! + tap * dilations[a]! - begin[a]!);
      const flat = flatOf(y.shape, [n!, group * perGroup + c, ...place]);
      if (flat >= 0) y.data[flat]! += value * at(w!, [i!, c, ...k]);
    }
  }
  return [y];
};

const pool = (of: (values: number[], places: number[][], x: Array64, g: Geometry, node: Node) => number) =>
  plain(([x], node) => {
    const kernel = intsOf(node, 'kernel_shape')!;
    const g = geometry(node, x!.shape.slice(2), kernel);
    const taps = indices(kernel);
    return build([...x!.shape.slice(0, 2), ...g.output], ([n, c, ...position]) => {
      const places = taps.map((k) => look(g, position, k));
      const inside = places.filter((p) => p.every((u, axis) => u >= 0 && u < x!.shape[axis + 2]!));
      return of(
        inside.map((p) => at(x!, [n!, c!, ...p])),
        places,
        x!,
        g,
        node,
      );
    });
  });

const over = (of: (values: number[], node: Node) => number) =>
  plain(([x], node) => {
    const spatial = x!.shape.slice(2);
    return build([...x!.shape.slice(0, 2), ...spatial.map(() => 1)], ([n, c]) =>
      of(
        indices(spatial).map((p) => at(x!, [n!, c!, ...p])),
        node,
      ),
    );
  });

const length = (values: readonly number[], node: Node) => {
  const p = intOf(node, 'p', 2);
  return sum(values.map((v) => Math.abs(v) ** p)) ** (1 / p);
};

export const windows: Readonly<Record<string, Kernel>> = {
  Conv,
  ConvTranspose,
  MaxPool: pool((values) => Math.max(...values)),
  AveragePool: pool((values, places, x, g, node) => {
    const padded = places.filter((p) =>
      p.every((u, axis) => u >= -g.begin[axis]! && u < x.shape[axis + 2]! + g.end[axis]!),
    );
    return sum(values) / (intOf(node, 'count_include_pad', 0) ? padded.length : values.length);
  }),
  GlobalAveragePool: over((values) => sum(values) / values.length),
  GlobalMaxPool: over((values) => Math.max(...values)),
  LpPool: pool((values, _, __, ___, node) => length(values, node)),
  GlobalLpPool: over(length),
};
