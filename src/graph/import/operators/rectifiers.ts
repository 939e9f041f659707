import { tensorOf } from '../../attributes.js';
import { numbers, scalar } from '../../elements.js';
import type { Graph, Node } from '../../graph.js';
import { producersOf } from '../../order.js';
import { rewriteNodes } from '../../rewrite.js';
import { withoutUnused } from '../../tidy.js';

/**
 * The graph with rectifiers that are written with other operators as Relu: the greater of x and 0, x where
 * x > 0 and else 0, x times whether x > 0, half of x + |x|.
 */
export function namedRectifiers(graph: Graph): Graph {
  const producers = producersOf(graph);
  const made = (value: string, ...ops: string[]): Node | undefined => {
    const node = producers.get(value);
    return node?.domain === '' && ops.includes(node.op) ? node : undefined;
  };
  /** Whether a value is a number that broadcasts to x, or 0 in the shape of x. */
  const holds = (value: string, number: number, x: string): boolean => {
    const constant = graph.initializers.get(value);
    if (constant)
      return constant.shape.length < 2 && constant.data.length === 1 && numbers(constant)[0] === number;
    const filled = made(value, 'ConstantOfShape', 'Expand');
    if (!filled || number !== 0) return false;
    const [shape, fill] =
      filled.op === 'Expand'
        ? [filled.inputs[1]!, graph.initializers.get(filled.inputs[0]!)]
        : [filled.inputs[0]!, tensorOf(filled, 'value') ?? scalar(0)];
    return made(shape, 'Shape')?.inputs[0] === x && fill !== undefined && numbers(fill).every((v) => v === 0);
  };
  const isPositive = (value: string, x: string): boolean => {
    const [a = '', b = ''] = made(value, 'Greater')?.inputs ?? made(value, 'Less')?.inputs.toReversed() ?? [];
    return a === x && holds(b, 0, x);
  };
  const isNotPositive = (value: string, x: string): boolean => {
    const [a = '', b = ''] =
      made(value, 'LessOrEqual')?.inputs ?? made(value, 'GreaterOrEqual')?.inputs.toReversed() ?? [];
    const opposite = made(value, 'Not')?.inputs[0];
    return (a === x && holds(b, 0, x)) || (opposite !== undefined && isPositive(opposite, x));
  };
  /** One of two inputs for which the other says something of it. */
  const one = (
    [a = '', b = '', ...others]: readonly string[],
    says: (other: string, x: string) => boolean,
  ) => (others.length > 0 ? undefined : says(b, a) ? a : says(a, b) ? b : undefined);
  const rectified = ({ op, domain, inputs }: Node): string | undefined => {
    if (domain !== '') return undefined;
    switch (op) {
      case 'Max':
        return one(inputs, (other, x) => holds(other, 0, x));
      case 'Where': {
        const [condition = '', x = '', y = ''] = inputs;
        if (holds(y, 0, x) && isPositive(condition, x)) return x;
        return holds(x, 0, y) && isNotPositive(condition, y) ? y : undefined;
      }
      case 'Mul': {
        const doubled = one(inputs, (other, x) => holds(other, 0.5, x));
        return (
          one(inputs, (other, x) => isPositive(made(other, 'Cast')?.inputs[0] ?? '', x)) ?? withSize(doubled)
        );
      }
      case 'Div':
        return holds(inputs[1]!, 2, inputs[0]!) ? withSize(inputs[0]) : undefined;
      default:
        return undefined;
    }
  };
  /** x, where a value is x + |x|. */
  const withSize = (value = '') =>
    one(made(value, 'Add')?.inputs ?? [], (other, x) => made(other, 'Abs')?.inputs[0] === x);
  return withoutUnused(
    rewriteNodes(graph, (node, edit) => {
      const x = rectified(node);
      return x === undefined ? node : { ...edit.node('Relu', [x], node.outputs[0]!), name: node.name };
    }),
  );
}
