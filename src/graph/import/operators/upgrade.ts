import { unsupported } from '../../../base/errors.js';
import { sizeOf } from '../../../tensor/tensor.js';
import { floatOf, floatsOf, int, intOf, intsOf, string, stringOf } from '../../attributes.js';
import { float32, int64, numbers, scalar } from '../../elements.js';
import type { Attribute, Constant, Graph, Node } from '../../graph.js';
import { changed, type Edit, rewriteNodes } from '../../rewrite.js';
import { axisOf } from '../../shapes.js';

/** The opset that all rules read and write. */
export const targetOpset = 20;

/** The shapes of values, where known. */
export type Lengths = ReadonlyMap<string, readonly number[]>;

/** The rewrite of one operator in graphs of an opset below `before`. */
interface Step {
  readonly before: number;
  readonly rewrite: (node: Node, edit: Edit, version: number, lengths: Lengths) => Node | readonly Node[];
}

/**
 * Rewrites opsets 7 to 19 to opset 20; later opsets stay as they are. With the shapes of the values that
 * `needsLengths` names, old softmaxes need fewer nodes. Throws for opsets below 7.
 */
export function upgrade(graph: Graph, lengths: Lengths = new Map()): Graph {
  const version = graph.opsets[''] ?? targetOpset;
  if (version < 7) throw unsupported(`the model's opset is ${version}; 7 and later are supported`);
  if (version >= targetOpset) return graph;
  const rewritten = upgradeNodes(graph, version, lengths);
  return { ...rewritten, opsets: { ...graph.opsets, '': targetOpset } };
}

/** Rewrites the nodes of a graph and of its subgraphs. */
function upgradeNodes(graph: Graph, version: number, lengths: Lengths, around?: Edit): Graph {
  return rewriteNodes(
    graph,
    (given, edit) => {
      const inner = Object.entries(given.attributes).map(([name, attribute]): [string, Attribute] => [
        name,
        attribute.kind === 'graph'
          ? { kind: 'graph', value: upgradeNodes(attribute.value, version, lengths, edit) }
          : attribute,
      ]);
      const node = inner.some(([, { kind }]) => kind === 'graph')
        ? { ...given, attributes: Object.fromEntries(inner) }
        : given;
      const step = node.domain === '' && Object.hasOwn(steps, node.op) ? steps[node.op] : undefined;
      return step && version < step.before ? step.rewrite(node, edit, version, lengths) : node;
    },
    around,
  );
}

/** The values whose shapes decide how a node is rewritten. */
export function needsLengths(graph: Graph): string[] {
  if ((graph.opsets[''] ?? targetOpset) >= flattened.before) return [];
  return graph.nodes.filter(takesTogether).map((node) => node.inputs[0]!);
}

const takesTogether = (node: Node) =>
  node.domain === '' && steps[node.op] === flattened && intOf(node, 'axis', 1) !== -1;

/** Moves an attribute of integers to the input at `index`. */
const asInput =
  (name: string, index: number) =>
  (node: Node, edit: Edit): Node => {
    const value = intsOf(node, name);
    if (!value) return node;
    const inputs = Array.from({ length: index }, (_, i) => node.inputs[i] ?? '');
    return changed(node, {
      inputs: [...inputs, edit.constant(int64(value))],
      attributes: { [name]: undefined },
    });
  };

const axes13: Step = { before: 13, rewrite: asInput('axes', 1) };
const axes18: Step = { before: 18, rewrite: asInput('axes', 1) };

/** Before opset 13 a softmax ran over all axes from `axis` (default 1) on. */
const flattened: Step = {
  before: 13,
  rewrite(node, edit, _, lengths) {
    if (!takesTogether(node)) return node;
    const [x] = node.inputs as [string];
    const [y] = node.outputs as [string];
    const axis = intOf(node, 'axis', 1);
    const dims = lengths.get(x);
    if (dims && sizeOf(dims.slice(axisOf(axis, dims.length) + 1)) === 1) {
      return changed(node, { attributes: { axis: int(axis) } });
    }
    const [flat, inner, shape] = [
      edit.fresh(`${y}.flat`),
      edit.fresh(`${y}.inner`),
      edit.fresh(`${y}.shape`),
    ];
    return [
      edit.node('Flatten', [x], flat, { axis: int(axis) }),
      changed(node, { inputs: [flat], outputs: [inner], attributes: { axis: int(-1) } }),
      edit.node('Shape', [x], shape),
      edit.node('Reshape', [inner, shape], y),
    ];
  },
};

const bounds: Step = {
  before: 11,
  rewrite(node, edit) {
    const bound = (name: string) =>
      node.attributes[name] ? edit.constant(scalar(floatOf(node, name, 0))) : '';
    const inputs = [node.inputs[0]!, bound('min'), bound('max')];
    while (inputs.at(-1) === '') inputs.pop();
    return changed(node, { inputs, attributes: { min: undefined, max: undefined } });
  },
};

const padding: Step = {
  before: 11,
  rewrite: (node, edit) =>
    changed(node, {
      inputs: [
        node.inputs[0]!,
        edit.constant(int64(intsOf(node, 'pads') ?? [])),
        edit.constant(scalar(floatOf(node, 'value', 0))),
      ],
      attributes: { pads: undefined, value: undefined },
    }),
};

const cuts: Step = {
  before: 10,
  rewrite(node, edit) {
    const starts = intsOf(node, 'starts') ?? [];
    const ends = intsOf(node, 'ends') ?? [];
    const axes = intsOf(node, 'axes') ?? starts.map((_, i) => i);
    return changed(node, {
      inputs: [node.inputs[0]!, ...[starts, ends, axes].map((v) => edit.constant(int64(v)))],
      attributes: { starts: undefined, ends: undefined, axes: undefined },
    });
  },
};

const parts: Step = {
  before: 18,
  rewrite(node, edit, version) {
    const given = version < 13 ? asInput('split', 1)(node, edit) : node;
    if (given.inputs[1]) return given;
    return changed(given, { attributes: { num_outputs: int(node.outputs.length) } });
  },
};

/** Upsample, and Resize before opset 11, used asymmetric coordinates. */
const scaled: Step = {
  before: 11,
  rewrite(node, edit) {
    const given = floatsOf(node, 'scales');
    const scales = given ? edit.constant(float32(given)) : node.inputs[1]!;
    const known = given ?? (edit.known(scales) && numbers(edit.known(scales)!));
    const shrinks = node.op === 'Resize' && (known?.some((s) => s < 1) ?? false);
    return changed(node, {
      op: 'Resize',
      inputs: [node.inputs[0]!, '', scales],
      attributes: {
        scales: undefined,
        coordinate_transformation_mode: string('asymmetric'),
        nearest_mode: string(shrinks ? 'ceil' : 'floor'),
      },
    });
  },
};

const statistics: Step = {
  before: 14,
  rewrite(node) {
    if (intOf(node, 'spatial', 1) === 0) {
      throw unsupported(`node '${node.name}' (BatchNormalization) has spatial = 0, an outdated form`);
    }
    return changed(node, { outputs: node.outputs.slice(0, 1), attributes: { spatial: undefined } });
  },
};

const count: Step = {
  before: 10,
  rewrite: (node, edit) =>
    changed(node, {
      inputs: [node.inputs[0]!, edit.constant(int64([intOf(node, 'k', 1)]))],
      attributes: { k: undefined },
    }),
};

/**
 * At inference Dropout is the identity. As in ONNX Runtime, the mask is zero; before opset 10 it has the
 * input's type.
 */
const dropout: Step = {
  before: 12,
  rewrite(node, edit, version) {
    const [x] = node.inputs as [string];
    const [y, mask] = node.outputs as [string, string?];
    const kept = edit.node('Identity', [x], y);
    if (!mask) return kept;
    const whole = edit.fresh(`${mask}.shape`);
    const none: Constant =
      version < 10 ? { ...scalar(0), shape: [1] } : { type: 'bool', data: Uint8Array.of(0), shape: [1] };
    return [
      kept,
      edit.node('Shape', [x], whole),
      edit.node('ConstantOfShape', [whole], mask, { value: { kind: 'tensor', value: none } }),
    ];
  },
};

/** Renames the interpolation modes. */
const sampling: Step = {
  before: 20,
  rewrite(node) {
    const mode = stringOf(node, 'mode', 'bilinear');
    const names: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic' };
    return changed(node, { attributes: { mode: string(names[mode] ?? mode) } });
  },
};

/** Moves the attribute `axis` (default 1) to the third input. */
const fourier: Step = {
  before: 20,
  rewrite: (node, edit) =>
    changed(node, {
      inputs: [node.inputs[0]!, node.inputs[1] ?? '', edit.constant(int64([intOf(node, 'axis', 1)], []))],
      attributes: { axis: undefined },
    }),
};

/** Before opset 16, boxes had no offset of half a pixel. */
const regions: Step = {
  before: 16,
  rewrite: (node) =>
    changed(node, { attributes: { coordinate_transformation_mode: string('output_half_pixel') } }),
};

const steps: Readonly<Record<string, Step>> = {
  DFT: fourier,
  Dropout: dropout,
  GridSample: sampling,
  RoiAlign: regions,
  Squeeze: axes13,
  Unsqueeze: axes13,
  ReduceSum: axes13,
  ReduceMean: axes18,
  ReduceMax: axes18,
  ReduceMin: axes18,
  ReduceProd: axes18,
  ReduceL1: axes18,
  ReduceL2: axes18,
  ReduceLogSum: axes18,
  ReduceLogSumExp: axes18,
  ReduceSumSquare: axes18,
  Softmax: flattened,
  LogSoftmax: flattened,
  Hardmax: flattened,
  Clip: bounds,
  Pad: padding,
  Slice: cuts,
  Split: parts,
  Upsample: scaled,
  Resize: scaled,
  BatchNormalization: statistics,
  TopK: count,
  Scatter: { before: 11, rewrite: (node) => changed(node, { op: 'ScatterElements' }) },
};
