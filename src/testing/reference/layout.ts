import { intOf, intsOf, stringOf, tensorOf } from '../../graph/attributes.js';
import type { Node } from '../../graph/graph.js';
import { sizeOf } from '../../tensor/tensor.js';
import {
  type Array64,
  array64,
  at,
  broadcastAt,
  broadcastShape,
  build,
  flatOf,
  fromConstant,
  indices,
  positive,
  scalar64,
  sum,
  wholes,
} from './arrays.js';
import { type Kernel, plain } from './kernel.js';

const shaped = (x: Array64, shape: readonly number[]): Array64 => ({ data: x.data, shape });

const Reshape = plain(([x, target], node) => {
  const lengths = wholes(target)!.map((length, axis) =>
    length === 0 && !intOf(node, 'allowzero', 0) ? x!.shape[axis]! : length,
  );
  const known = sizeOf(lengths.filter((length) => length !== -1));
  return shaped(
    x!,
    lengths.map((length) => (length === -1 ? x!.data.length / known : length)),
  );
});

const Flatten = plain(([x], node) => {
  const axis = positive(intOf(node, 'axis', 1), x!.shape.length);
  return shaped(x!, [sizeOf(x!.shape.slice(0, axis)), sizeOf(x!.shape.slice(axis))]);
});

const Squeeze: Kernel = ([x, given]) => {
  const axes = wholes(given)?.map((axis) => positive(axis, x!.shape.length));
  return [
    shaped(
      x!,
      x!.shape.filter((length, axis) => !(axes ? axes.includes(axis) : length === 1)),
    ),
  ];
};

const Unsqueeze = plain(([x, given]) => {
  const rank = x!.shape.length + given!.data.length;
  const axes = wholes(given)!.map((axis) => positive(axis, rank));
  const rest = [...x!.shape];
  return shaped(
    x!,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!)),
  );
});

const Transpose = plain(([x], node) => {
  const perm = intsOf(node, 'perm') ?? x!.shape.map((_, axis) => x!.shape.length - 1 - axis);
  return build(
    perm.map((axis) => x!.shape[axis]!),
    (index) =>
      at(
        x!,
        perm.map((_, axis) => index[perm.indexOf(axis)]!),
      ),
  );
});

const Concat = plain((inputs, node) => {
  const axis = positive(intOf(node, 'axis', 0), inputs[0]!.shape.length);
  const length = sum(inputs.map((x) => x.shape[axis]!));
  return build(inputs[0]!.shape.with(axis, length), (index) => {
    let place = index[axis]!;
    const x = inputs.find((input) => {
      if (place < input.shape[axis]!) return true;
      place -= input.shape[axis]!;
      return false;
    });
    return at(x!, index.with(axis, place));
  });
});

const Split: Kernel = ([x, given], node) => {
  const axis = positive(intOf(node, 'axis', 0), x!.shape.length);
  const length = x!.shape[axis]!;
  const each = Math.ceil(length / node.outputs.length);
  const sizes = wholes(given) ?? node.outputs.map((_, i) => Math.min(each, length - i * each));
  return sizes.map((size, i) => {
    const start = sum(sizes.slice(0, i));
    return build(x!.shape.with(axis, size), (index) => at(x!, index.with(axis, index[axis]! + start)));
  });
};

const Slice: Kernel = ([x, starts, ends, axes, steps]) => {
  const rank = x!.shape.length;
  const places = x!.shape.map((length) => Array.from({ length }, (_, i) => i));
  for (const [i, start] of wholes(starts)!.entries()) {
    const axis = positive(wholes(axes)?.[i] ?? i, rank);
    const step = wholes(steps)?.[i] ?? 1;
    const length = x!.shape[axis]!;
    const end = ends!.data[i]!;
    const clamp = (value: number, low: number, high: number) =>
      Math.min(high, Math.max(low, value < 0 ? value + length : value));
    const taken: number[] = [];
    if (step > 0) {
      for (let p = clamp(start, 0, length); p < clamp(end, 0, length); p += step) taken.push(p);
    } else {
      for (let p = clamp(start, 0, length - 1); p > clamp(end, -1, length - 1); p += step) taken.push(p);
    }
    places[axis] = taken;
  }
  return [
    build(
      places.map((p) => p.length),
      (index) =>
        at(
          x!,
          index.map((place, axis) => places[axis]![place]!),
        ),
    ),
  ];
};

const Gather = plain(([x, picks], node) => {
  const axis = positive(intOf(node, 'axis', 0), x!.shape.length);
  const rank = picks!.shape.length;
  return build([...x!.shape.slice(0, axis), ...picks!.shape, ...x!.shape.slice(axis + 1)], (index) => {
    const pick = positive(at(picks!, index.slice(axis, axis + rank)), x!.shape[axis]!);
    return at(x!, [...index.slice(0, axis), pick, ...index.slice(axis + rank)]);
  });
});

const GatherElements = plain(([x, picks], node) => {
  const axis = positive(intOf(node, 'axis', 0), x!.shape.length);
  return build(picks!.shape, (index) =>
    at(x!, index.with(axis, positive(at(picks!, index), x!.shape[axis]!))),
  );
});

const GatherND = plain(([x, picks]) => {
  const depth = picks!.shape.at(-1)!;
  const lead = picks!.shape.slice(0, -1);
  return build([...lead, ...x!.shape.slice(depth)], (index) => {
    const taken = index.slice(0, lead.length);
    const place = Array.from({ length: depth }, (_, i) => positive(at(picks!, [...taken, i]), x!.shape[i]!));
    return at(x!, [...place, ...index.slice(lead.length)]);
  });
});

const blocks = (node: Parameters<Kernel>[1]) => intOf(node, 'blocksize', 1);

const DepthToSpace = plain(([x], node) => {
  const b = blocks(node);
  const [n, c, h, w] = x!.shape as [number, number, number, number];
  const depth = c / (b * b);
  const columnFirst = stringOf(node, 'mode', 'DCR') === 'CRD';
  return build([n, depth, h * b, w * b], ([i, d, row, column]) => {
    const phase = (row! % b) * b + (column! % b);
    const channel = columnFirst ? d! * b * b + phase : phase * depth + d!;
    return at(x!, [i!, channel, Math.floor(row! / b), Math.floor(column! / b)]);
  });
});

const SpaceToDepth = plain(([x], node) => {
  const b = blocks(node);
  const [n, c, h, w] = x!.shape as [number, number, number, number];
  return build([n, c * b * b, h / b, w / b], ([i, channel, row, column]) => {
    const phase = Math.floor(channel! / c);
    return at(x!, [i!, channel! % c, row! * b + Math.floor(phase / b), column! * b + (phase % b)]);
  });
});

const Expand = plain(([x, target]) =>
  build(broadcastShape([x!.shape, wholes(target)!]), (index) => broadcastAt(x!, index)),
);

const Tile = plain(([x, repeats]) =>
  build(
    x!.shape.map((length, axis) => length * repeats!.data[axis]!),
    (index) =>
      at(
        x!,
        index.map((place, axis) => place % x!.shape[axis]!),
      ),
  ),
);

const Shape = plain(([x], node) => {
  const rank = x!.shape.length;
  const lengths = x!.shape.slice(
    positive(intOf(node, 'start', 0), rank),
    positive(intOf(node, 'end', rank), rank),
  );
  return array64(lengths, [lengths.length]);
});

/**
 * Puts the updates in their places of a copy of the data: which index of the data each index of them names.
 */
const scattered =
  (
    place: (index: readonly number[], at: Array64, shape: readonly number[], node: Node) => number[],
  ): Kernel =>
  ([data, where, updates], node) => {
    const out = { data: Float64Array.from(data!.data), shape: data!.shape };
    const adds = stringOf(node, 'reduction', 'none') === 'add';
    for (const [i, index] of indices(updates!.shape).entries()) {
      const flat = flatOf(out.shape, place(index, where!, out.shape, node));
      out.data[flat] = updates!.data[i]! + (adds ? out.data[flat]! : 0);
    }
    return [out];
  };

const ScatterElements = scattered((index, where, shape, node) => {
  const axis = positive(intOf(node, 'axis', 0), shape.length);
  return index.map((i, k) => (k === axis ? positive(at(where, index), shape[axis]!) : i));
});

const ScatterND = scattered((index, where, shape) => {
  const lead = index.slice(0, where.shape.length - 1);
  const depth = where.shape.at(-1)!;
  const named = Array.from({ length: depth }, (_, k) => positive(at(where, [...lead, k]), shape[k]!));
  return [...named, ...index.slice(lead.length)];
});

const Trilu: Kernel = ([x, k], node) => {
  const shift = k?.data[0] ?? 0;
  const upper = intOf(node, 'upper', 1) === 1;
  return [
    build(x!.shape, (index) => {
      const beyond = index.at(-1)! - index.at(-2)! - shift;
      return (upper ? beyond >= 0 : beyond <= 0) ? at(x!, index) : 0;
    }),
  ];
};

const ConstantOfShape = plain(([target], node) => {
  const value = tensorOf(node, 'value');
  return build(wholes(target)!, () => (value ? fromConstant(value).data[0]! : 0));
});

export const layout: Readonly<Record<string, Kernel>> = {
  Concat,
  ConstantOfShape,
  DepthToSpace,
  Expand,
  Flatten,
  Gather,
  GatherElements,
  GatherND,
  Reshape,
  ScatterElements,
  ScatterND,
  Shape,
  Size: plain(([x]) => scalar64(x!.data.length)),
  Slice,
  SpaceToDepth,
  Split,
  Squeeze,
  Tile,
  Transpose,
  Trilu,
  Unsqueeze,
};
