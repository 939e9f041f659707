import { intsOf, stringOf } from '../../graph/attributes.js';
import type { Graph, Node } from '../../graph/graph.js';
import type { PixelBox } from './activation-box.js';
import type { PlaceIn } from './boxes.js';

/** Which pixels a place of a feature map can see along one axis. */
export interface Field {
  /** The pixels from one place to the next. */
  readonly jump: number;
  /** The pixels that a place sees. */
  readonly size: number;
  /** The centre of the first place, where the first pixel's is 0.5. */
  readonly first: number;
}

const pointwise = new Set([
  ...[
    'Add',
    'Sub',
    'Mul',
    'Div',
    'Relu',
    'LeakyRelu',
    'Elu',
    'Selu',
    'Celu',
    'PRelu',
    'Sigmoid',
    'HardSigmoid',
  ],
  ...['HardSwish', 'Tanh', 'Gelu', 'Erf', 'Clip', 'BatchNormalization', 'Identity', 'Dropout', 'Softplus'],
  ...['Concat', 'ThresholdedRelu'],
]);
const windows = new Set(['Conv', 'MaxPool', 'AveragePool']);

/**
 * The receptive field of a feature map `[N, C, H, W]` along its rows and its columns. Of branches the largest
 * counts. Undefined where a layer on the way looks at the whole image or moves places.
 */
export function receptiveField(graph: Graph, value: string): readonly [Field, Field] | undefined {
  const made = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const found = new Map<string, readonly [Field, Field] | undefined>();
  const pixel: Field = { jump: 1, size: 1, first: 0.5 };
  found.set(graph.inputs[0]!.name, [pixel, pixel]);
  for (const node of graph.nodes) {
    if (!node.inputs.some((input) => found.has(input))) continue;
    const fields = node.inputs.flatMap((input) => (found.has(input) ? [found.get(input)] : []));
    const seen = fields.every((field) => field !== undefined) ? throughNode(graph, node, fields) : undefined;
    for (const output of node.outputs) found.set(output, seen);
    if (made.get(value) === node) break;
  }
  return found.get(value);
}

function throughNode(graph: Graph, node: Node, fields: readonly (readonly [Field, Field])[]) {
  const largest = fields.reduce((a, b) => (b[0].size > a[0].size ? b : a));
  if (pointwise.has(node.op)) return largest;
  if (!windows.has(node.op) || stringOf(node, 'auto_pad', 'NOTSET') !== 'NOTSET') return undefined;
  const kernel = intsOf(node, 'kernel_shape') ?? graph.initializers.get(node.inputs[1]!)?.shape.slice(2);
  if (kernel?.length !== 2) return undefined;
  const of = (name: string, otherwise: number) => intsOf(node, name) ?? [...Array(4).fill(otherwise)];
  const [strides, dilations, pads] = [of('strides', 1), of('dilations', 1), of('pads', 0)];
  const along = (axis: 0 | 1): Field => {
    const { jump, size, first } = largest[axis];
    const reach = (kernel[axis]! - 1) * dilations[axis]!;
    return {
      jump: jump * strides[axis]!,
      size: size + reach * jump,
      first: first + (reach / 2 - pads[axis]!) * jump,
    };
  };
  return [along(0), along(1)] as const;
}

/** The pixels of an image of `[height, width]` that a place sees, `[x, y, width, height]`. */
export function fieldBox(
  [down, across]: readonly [Field, Field],
  { row, column }: Pick<PlaceIn, 'row' | 'column'>,
  height: number,
  width: number,
): PixelBox {
  const along = ({ jump, size, first }: Field, place: number, length: number) => {
    const centre = first + place * jump;
    const from = Math.max(0, Math.trunc(centre - size / 2));
    return [from, Math.min(length, Math.trunc(centre + size / 2)) - from] as const;
  };
  const [y, tall] = along(down, row, height);
  const [x, wide] = along(across, column, width);
  return [x, y, wide, tall];
}
