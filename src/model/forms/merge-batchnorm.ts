import { float, floatOf, intOf } from '../../graph/attributes.js';
import { is } from '../../graph/catalogue/index.js';
import { floating, isFloat, numbers } from '../../graph/elements.js';
import type { Constant, Graph, Node } from '../../graph/graph.js';
import { producersOf, readersOf } from '../../graph/order.js';
import { windowOf } from '../../graph/rules/window.js';
import { axisOf, type Shapes, type ValueShape } from '../../graph/shapes.js';
import { affineInput, affineOf, spread } from './affine.js';
import { inputChannel, outputChannel } from './weight-channels.js';

export interface Merged {
  readonly graph: Graph;
  readonly shapes: Shapes;
}

interface Surroundings extends Merged {
  readonly type: 'float32' | 'float64';
  readonly producers: ReadonlyMap<string, Node>;
  readonly readers: ReadonlyMap<string, readonly Node[]>;
}

/**
 * A rewriting: the replacements of nodes (an empty list removes a node), new constants and the shapes of new
 * values.
 */
interface Change {
  readonly nodes: ReadonlyMap<Node, readonly Node[]>;
  readonly constants: Readonly<Record<string, Constant>>;
  readonly values?: Readonly<Record<string, ValueShape>>;
}

/**
 * Merges BatchNormalization, and constant scales and shifts by channel, into the layer before it. With
 * `all`, also merges into the convolutions after it, exactly even at padded borders, and across a Concat
 * before it. The outputs do not change as functions of the input; values between merged nodes are removed.
 * `type` is the type of the merged weights.
 */
export function mergeBatchNorm(
  graph: Graph,
  shapes: Shapes,
  { all = true, type = 'float32' }: { readonly all?: boolean; readonly type?: 'float32' | 'float64' } = {},
): Merged {
  let now: Merged = { graph, shapes };
  const steps = all
    ? [intoLayerBefore, intoConcatenated, intoLayerBefore, intoConvolutionBehind]
    : [intoLayerBefore];
  for (const step of steps) now = repeatedly(step, now, type);
  return now;
}

/** Applies a step to all nodes at once where its changes share no node, until it changes none. */
function repeatedly(
  step: (node: Node, at: Surroundings) => Change | undefined,
  from: Merged,
  type: Surroundings['type'],
): Merged {
  let now = from;
  for (;;) {
    const at = { ...now, type, producers: producersOf(now.graph), readers: readersOf(now.graph) };
    const changed = new Set<Node>();
    const changes: Change[] = [];
    for (const node of now.graph.nodes) {
      const change = changed.has(node) ? undefined : step(node, at);
      if (!change || [...change.nodes.keys()].some((one) => changed.has(one))) continue;
      for (const one of change.nodes.keys()) changed.add(one);
      changes.push(change);
    }
    if (changes.length === 0) return now;
    now = apply(now, changes);
  }
}

function apply({ graph, shapes }: Merged, changes: readonly Change[]): Merged {
  const nodes = new Map(changes.flatMap((change) => [...change.nodes]));
  const constants = changes.flatMap((change) => Object.entries(change.constants));
  const lengths = constants.map(([name, { shape, type }]): [string, ValueShape] => [
    name,
    { dims: shape, type },
  ]);
  const values = changes.flatMap((change) => Object.entries(change.values ?? {}));
  return {
    graph: {
      ...graph,
      nodes: graph.nodes.flatMap((node) => nodes.get(node) ?? [node]),
      initializers: new Map([...graph.initializers, ...constants]),
    },
    shapes: new Map([...shapes, ...lengths, ...values]),
  };
}

/** W' = scale W, b' = scale b + shift. */
function intoLayerBefore(node: Node, at: Surroundings): Change | undefined {
  const [x] = node.inputs;
  if (x === undefined) return undefined;
  const layer = at.producers.get(affineInput(node, at));
  if (!layer || !is(layer, 'bias') || !readOnlyBy(layer.outputs[0]!, node, at)) return undefined;
  const affine = affineOf(node, at);
  if (!affine) return undefined;
  const weight = at.graph.initializers.get(layer.inputs[1] ?? '');
  const channels = at.shapes.get(layer.outputs[0]!)?.dims[1];
  const given = biasOf(layer, at, channels ?? 0);
  if (!weight || !isFloat(weight.type) || channels === undefined || !given) return undefined;
  const { scale, shift } = spread(affine, channels);
  const bias = given.map((b, c) => b * scale[c]! + shift[c]!);
  const channelOf = outputChannel(layer, weight.shape);
  const scaled = map(weight, at.type, (w, i) => w * scale[channelOf(i)]!);
  const names = { weight: `${node.name}.merged.weight`, bias: `${node.name}.merged.bias` };
  const merged: Node = {
    ...layer,
    inputs: [layer.inputs[0]!, names.weight, names.bias],
    outputs: [node.outputs[0]!],
    attributes: layer.op === 'Gemm' ? { ...layer.attributes, beta: float(1) } : layer.attributes,
  };
  return {
    nodes: new Map([
      [layer, [merged]],
      [node, []],
    ]),
    constants: { [names.weight]: scaled, [names.bias]: floating(at.type, bias) },
  };
}

/** BN(concat(a, b)) = concat(BN(a), BN(b)), applied when at least one of these can then be merged. */
function intoConcatenated(node: Node, at: Surroundings): Change | undefined {
  if (node.op !== 'BatchNormalization') return undefined;
  const affine = affineOf(node, at);
  const concat = at.producers.get(node.inputs[0]!);
  if (!affine || concat?.op !== 'Concat' || !readOnlyBy(concat.outputs[0]!, node, at)) return undefined;
  const rank = at.shapes.get(node.outputs[0]!)!.dims.length;
  if (axisOf(intOf(concat, 'axis', 0), rank) !== 1) return undefined;
  const mergeable = concat.inputs.some((part) => {
    const maker = at.producers.get(part);
    return maker && is(maker, 'bias') && readOnlyBy(part, concat, at);
  });
  if (!mergeable) return undefined;
  const constants: Record<string, Constant> = {};
  const values: Record<string, ValueShape> = {};
  let from = 0;
  const parts = concat.inputs.map((part, i): Node => {
    const shape = at.shapes.get(part)!;
    const to = from + shape.dims[1]!;
    const inputs = node.inputs.slice(1).map((name, k) => {
      const own = `${node.name}.part${i}.${k}`;
      constants[own] = floating(at.type, numbers(at.graph.initializers.get(name)!).slice(from, to));
      return own;
    });
    const output = `${node.name}.part${i}`;
    values[output] = shape;
    from = to;
    return { ...node, name: output, inputs: [part, ...inputs], outputs: [output] };
  });
  const joined: Node = { ...concat, inputs: parts.map((p) => p.outputs[0]!), outputs: [node.outputs[0]!] };
  return {
    nodes: new Map([
      [concat, [...parts, joined]],
      [node, []],
    ]),
    constants,
    values,
  };
}

/**
 * W * (scale x + shift) = (W scale) * x + W * shift. Padding has no shift, so with padding the second term
 * depends on the position and is a map.
 */
function intoConvolutionBehind(node: Node, at: Surroundings): Change | undefined {
  if (node.op !== 'BatchNormalization') return undefined;
  const affine = affineOf(node, at);
  const [y] = node.outputs as [string];
  const behind = at.readers.get(y) ?? [];
  const takes = (reader: Node) =>
    reader.op === 'Conv' &&
    reader.domain === '' &&
    reader.inputs.indexOf(y) === 0 &&
    reader.inputs.lastIndexOf(y) === 0 &&
    isFloat(at.graph.initializers.get(reader.inputs[1]!)?.type ?? '') &&
    (!reader.inputs[2] || at.graph.initializers.has(reader.inputs[2]));
  if (!affine || behind.length === 0 || !behind.every(takes) || isOutput(y, at.graph)) return undefined;
  const nodes = new Map<Node, readonly Node[]>([[node, []]]);
  const constants: Record<string, Constant> = {};
  const values: Record<string, ValueShape> = {};
  for (const conv of behind) {
    const weight = at.graph.initializers.get(conv.inputs[1]!)!;
    const channelOf = inputChannel(conv, weight.shape);
    const name = (what: string) => `${conv.name}.after.${node.name}.${what}`;
    constants[name('weight')] = map(weight, at.type, (w, i) => w * affine.scale[channelOf(i)]!);
    constants[name('bias')] = shiftMap(conv, affine.shift, at);
    const linear = name('linear');
    values[linear] = at.shapes.get(conv.outputs[0]!)!;
    nodes.set(conv, [
      { ...conv, inputs: [node.inputs[0]!, name('weight')], outputs: [linear] },
      {
        op: 'Add',
        domain: '',
        name: name('add'),
        inputs: [linear, name('bias')],
        outputs: conv.outputs,
        attributes: {},
      },
    ]);
  }
  return { nodes, constants, values };
}

/** b + W * shift at each output position, `[1, O, ...]`; length 1 along axes without padding. */
function shiftMap(conv: Node, shift: readonly number[], at: Surroundings): Constant {
  const weight = at.graph.initializers.get(conv.inputs[1]!)!;
  const [outputs, inputs, ...kernel] = weight.shape as [number, number, ...number[]];
  const taps = kernel.reduce((n, k) => n * k, 1);
  const channelOf = inputChannel(conv, weight.shape);
  const byTap = new Float64Array(outputs * taps);
  for (let i = 0; i < weight.data.length; i++) {
    const o = Math.floor(i / (inputs * taps));
    byTap[o * taps + (i % taps)]! += Number(weight.data[i]) * shift[channelOf(i)]!;
  }
  const shapeOf = {
    shape: (value: string) => at.shapes.get(value) ?? { dims: weight.shape, type: weight.type },
  };
  const axes = windowOf(conv, shapeOf, kernel).map((a) => {
    const padded = a.padBegin > 0 || a.padEnd > 0;
    const positions = padded ? Array.from({ length: a.output }, (_, i) => i) : [0];
    return positions.map((i) =>
      Array.from({ length: a.kernel }, (_, k) => {
        const u = padded ? i * a.stride + k * a.dilation - a.padBegin : 0;
        return u >= 0 && u < a.input;
      }),
    );
  });
  const seen = axes.reduce<boolean[][]>(
    (all, positions) =>
      all.flatMap((before) => positions.map((own) => before.flatMap((b) => own.map((o) => b && o)))),
    [[true]],
  );
  const bias = conv.inputs[2] ? numbers(at.graph.initializers.get(conv.inputs[2])!) : undefined;
  const out = new Float64Array(outputs * seen.length);
  for (let o = 0; o < outputs; o++) {
    for (const [p, mask] of seen.entries()) {
      let total = bias?.[o] ?? 0;
      for (let k = 0; k < taps; k++) if (mask[k]) total += byTap[o * taps + k]!;
      out[o * seen.length + p] = total;
    }
  }
  return floating(at.type, out, [1, outputs, ...axes.map((a) => a.length)]);
}

/** The bias by channel; `undefined` when it is not constant or varies along another axis. */
function biasOf(layer: Node, at: Surroundings, channels: number): number[] | undefined {
  if (!layer.inputs[2]) return Array(channels).fill(0);
  const constant = at.graph.initializers.get(layer.inputs[2]);
  if (!constant || (constant.data.length !== channels && constant.data.length !== 1)) return undefined;
  if (layer.op === 'Gemm' && constant.data.length > 1 && constant.shape.at(-1) !== channels) return undefined;
  const beta = layer.op === 'Gemm' ? floatOf(layer, 'beta', 1) : 1;
  const values = numbers(constant).map((b) => b * beta);
  return values.length === channels ? values : Array(channels).fill(values[0]);
}

/** In typed arrays throughout: weights may have a hundred million elements. */
function map(
  { data, shape }: Constant,
  type: Surroundings['type'],
  of: (value: number, index: number) => number,
): Constant {
  const made = type === 'float32' ? new Float32Array(data.length) : new Float64Array(data.length);
  for (let i = 0; i < made.length; i++) made[i] = of(Number(data[i]), i);
  return { type, data: made, shape };
}

const isOutput = (value: string, graph: Graph) => graph.outputs.some((v) => v.name === value);

const readOnlyBy = (value: string, reader: Node, at: Surroundings) =>
  at.readers.get(value)?.length === 1 && at.readers.get(value)![0] === reader && !isOutput(value, at.graph);
