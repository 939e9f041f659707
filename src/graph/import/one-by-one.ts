import { int } from '../attributes.js';
import { int64 } from '../elements.js';
import type { Constant, Graph, Node } from '../graph.js';
import { renamed } from '../rename.js';
import { withoutForeign } from './operators/foreign.js';
import { upgrade } from './operators/upgrade.js';

/** The name of the node that is the whole network. */
const ALONE = 'the network, run on one sample after another';

/**
 * The graph as the body of a Scan, which runs it on one sample of the batch after another. A graph of a fixed
 * `batch` gets each sample so many times. `row` is the shape of what `output` says of one sample.
 */
export function oneByOne(graph: Graph, batch: number, output: string, row: readonly number[]): Graph {
  const whole = upgrade(withoutForeign(graph));
  const input = whole.inputs[0]!;
  const constants = new Map<string, Constant>(whole.initializers);
  const own = (value: string) => (constants.has(value) ? value : `one/${value}`);
  const network = renamed(whole, own);
  const constant = (name: string, values: readonly number[]) => {
    constants.set(`one.${name}`, int64(values));
    return `one.${name}`;
  };
  const step = (op: string, inputs: readonly string[], made: string): Node => ({
    ...{ op, domain: '', name: made, inputs, outputs: [made], attributes: {} },
  });
  const [sample, alone, row0, out] = ['sl.sample', 'sl.alone', 'sl.row', 'sl.out'].map(own) as [
    string,
    string,
    string,
    string,
  ];
  const first = () =>
    step('Slice', [own(output), constant('from', [0]), constant('to', [1]), constant('axis', [0])], row0);
  const nodes = [
    step('Unsqueeze', [sample, constant('first', [0])], alone),
    step('Tile', [alone, constant('times', [batch, ...input.shape!.slice(1).map(() => 1)])], own(input.name)),
    ...network.nodes,
    ...(batch === 1 ? [] : [first()]),
    step('Reshape', [batch === 1 ? own(output) : row0, constant('shape', row)], out),
  ];
  const body: Graph = {
    ...{ name: 'one', opsets: {}, initializers: new Map(), metadata: {}, nodes },
    inputs: [{ name: sample, type: 'float32', shape: input.shape!.slice(1) }],
    outputs: [{ name: out, type: 'float32', shape: row }],
  };
  const scan: Node = {
    ...{ op: 'Scan', domain: '', name: ALONE, inputs: [input.name], outputs: [output] },
    attributes: { body: { kind: 'graph', value: body }, num_scan_inputs: int(1) },
  };
  return {
    ...whole,
    inputs: [{ ...input, shape: ['N', ...input.shape!.slice(1)] }],
    outputs: [{ name: output, type: 'float32' }],
    nodes: [scan],
    initializers: constants,
  };
}
