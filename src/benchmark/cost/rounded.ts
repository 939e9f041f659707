import type { Engine } from '../../engine/engine.js';
import { int } from '../../graph/attributes.js';
import { is } from '../../graph/catalogue/index.js';
import { elementTypes } from '../../graph/element-types.js';
import { scalar } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { type Edit, rewriteNodes } from '../../graph/rewrite.js';
import { dataTypes } from '../../graph/schema.js';

/** The precisions of a GPU that the CPU can imitate by rounding values between its float32 kernels. */
export type Rounding = 'tf32' | 'float16';

/**
 * The engine `cuda`, imitated: it rounds to `tf32` the two factors of each convolution and matrix product, to
 * `float16` these and each value that a node makes. Sums inside a kernel stay in float32, as on the GPU.
 */
export const rounding = (engine: Engine, to: Rounding): Engine => ({
  ...engine,
  name: 'cuda',
  compile: (graph, options) => engine.compile(rounded(graph, to), options),
});

function rounded(graph: Graph, to: Rounding): Graph {
  const types = elementTypes(graph);
  const known = new Map<string, string>();
  return rewriteNodes(graph, (node, edit) => {
    const before: Node[] = [];
    const through = (value: string) => {
      const found = known.get(value);
      if (found !== undefined) return found;
      const name = edit.fresh(`${value}.rounded`);
      before.push(...rounders[to](value, name, edit));
      known.set(value, name);
      return name;
    };
    const factors = is(node, 'layer') ? 2 : 0;
    const rounds = (value: string, i: number) =>
      value !== '' && types.get(value) === 'float32' && (to === 'float16' || i < factors);
    const keeps = node.op === 'Resize' || node.domain !== '';
    const inputs = node.inputs.map((value, i) => (!keeps && rounds(value, i) ? through(value) : value));
    return [...before, { ...node, inputs }];
  });
}

type Rounder = (value: string, name: string, edit: Edit) => readonly Node[];

const rounders: Readonly<Record<Rounding, Rounder>> = {
  /** Splits off the upper 11 bits of a factor: c - (c - x) with c = (2^13 + 1) x (Veltkamp 1968). */
  tf32(value, name, edit) {
    const [large, rest] = ['large', 'rest'].map((part) => edit.fresh(`${name}.${part}`)) as [string, string];
    return [
      edit.node('Mul', [value, edit.constant(scalar(2 ** 13 + 1))], large),
      edit.node('Sub', [large, value], rest),
      edit.node('Sub', [large, rest], name),
    ];
  },
  float16(value, name, edit) {
    const half = edit.fresh(`${name}.half`);
    return [
      edit.node('Cast', [value], half, { to: int(dataTypes.float16) }),
      edit.node('Cast', [half], name, { to: int(dataTypes.float32) }),
    ];
  },
};
