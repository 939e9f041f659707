import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { parseOnnx } from './read.js';
import { attributeTypes, type FunctionProto, ModelMessage, type NodeProto } from './schema.js';
import { formatOnnx } from './write.js';

const own = 'own.functions';
const opset_import = [
  { domain: '', version: 17 },
  { domain: own, version: 1 },
];
const node = (op_type: string, input: string[], output: string[], more: Partial<NodeProto> = {}) => ({
  ...{ op_type, input, output },
  ...more,
});
const call = (name: string, input: string[], output: string[], more: Partial<NodeProto> = {}) =>
  node(name, input, output, { domain: own, ...more });
const made = (name: string, more: Partial<FunctionProto>): FunctionProto => ({
  ...{ name, domain: own, opset_import, input: ['a'], output: ['o'] },
  ...more,
});
const float = (name: string, f: number) => ({ name, type: attributeTypes.float, f });
const reference = (name: string, ref_attr_name: string) => ({
  ...{ name, ref_attr_name, type: attributeTypes.float },
});
const value = (name: string) => ({
  name,
  type: { tensor_type: { elem_type: 1, shape: { dim: [{ dim_param: 'N' }, { dim_value: 4 }] } } },
});

function file(nodes: NodeProto[], functions: FunctionProto[]): Uint8Array {
  const graph = { name: 'g', node: nodes, input: [value('x')], output: [value('y')] };
  return ModelMessage.encode({ ir_version: 8, graph, opset_import, functions }).finish();
}

const leaky = made('Leaky', {
  attribute: ['slope'],
  node: [node('LeakyRelu', ['a'], ['o'], { attribute: [reference('alpha', 'slope')] })],
});
const withDefault = made('Bent', {
  attribute_proto: [float('slope', 0.25)],
  node: [node('LeakyRelu', ['a'], ['o'], { attribute: [reference('alpha', 'slope')] })],
});
const slope = (f: number) => ({ attribute: [float('slope', f)] });

const branch = (name: string, nodes: NodeProto[], output: string) => ({
  ...{ name, type: attributeTypes.graph },
  g: { name, node: nodes, output: [{ name: output }] },
});

describe('a model-local function is replaced by its body', () => {
  it.each<[string, NodeProto[], FunctionProto[]]>([
    [
      'called twice, with attributes of its own',
      [call('Leaky', ['x'], ['h'], slope(0.3)), call('Leaky', ['h'], ['y'], slope(-2))],
      [leaky],
    ],
    ['with an attribute that has a default', [call('Bent', ['x'], ['y'])], [withDefault]],
    ['with a default that the call replaces', [call('Bent', ['x'], ['y'], slope(3))], [withDefault]],
    [
      'that calls another, whose attribute is its own',
      [call('Outer', ['x'], ['y'], { attribute: [float('by', 0.7)] })],
      [
        leaky,
        made('Outer', {
          attribute: ['by'],
          node: [
            call('Leaky', ['a'], ['t'], { attribute: [reference('slope', 'by')] }),
            node('Mul', ['t', 'a'], ['o']),
          ],
        }),
      ],
    ],
    [
      'whose inner values have the names of the model',
      [node('Neg', ['x'], ['a']), node('Abs', ['x'], ['o']), call('F', ['o', 'a'], ['y'])],
      [
        made('F', {
          input: ['x', 'y'],
          output: ['z'],
          node: [node('Exp', ['x'], ['a']), node('Sub', ['a', 'y'], ['z'])],
        }),
      ],
    ],
    [
      'of outputs that are not read',
      [call('Two', ['x'], ['y', 'unread'])],
      [
        made('Two', {
          output: ['o', 'rest'],
          node: [
            node('Exp', ['a'], ['first']),
            node('Add', ['a', 'first'], ['o']),
            node('Exp', ['a'], ['rest']),
          ],
        }),
      ],
    ],
    [
      'with an input that is left out',
      [call('Cut', ['x'], ['y'])],
      [made('Cut', { input: ['a', 'low', 'high'], node: [node('Clip', ['a', 'low', 'high'], ['o'])] })],
    ],
    [
      'called in a branch, with branches that read its values',
      [
        node('ReduceSum', ['x'], ['s'], { attribute: [{ name: 'keepdims', type: 2, i: 0 }] }),
        node('Greater', ['s', 's'], ['cond']),
        node('If', ['cond'], ['y'], {
          attribute: [
            branch('then_branch', [node('Neg', ['x'], ['n'])], 'n'),
            branch('else_branch', [call('Switch', ['x', 'cond'], ['m'])], 'm'),
          ],
        }),
      ],
      [
        leaky,
        made('Switch', {
          input: ['a', 'c'],
          node: [
            node('Exp', ['a'], ['e']),
            node('If', ['c'], ['o'], {
              attribute: [
                branch('then_branch', [node('Neg', ['e'], ['n'])], 'n'),
                branch('else_branch', [call('Leaky', ['a'], ['n2'], slope(5))], 'n2'),
              ],
            }),
          ],
        }),
      ],
    ],
  ])('%s', async (_, nodes, functions) => {
    const bytes = file(nodes, functions);
    const random = seededRandom('functions');
    const x = Float32Array.from({ length: 12 }, () => random.normal());
    const run = async (model: Uint8Array) => {
      const session = await InferenceSession.create(model, { graphOptimizationLevel: 'disabled' });
      return (await session.run({ x: new Tensor('float32', x, [3, 4]) })).y!.data;
    };
    const read = parseOnnx(bytes, 'm.onnx');
    expect(read.nodes.every(({ domain }) => domain === '')).toBe(true);
    expect(await run(formatOnnx(read))).toEqual(await run(bytes));
  });
});

describe('model-local functions are refused', () => {
  const doubling = Array.from({ length: 30 }, (_, i) =>
    made(`F${i}`, {
      node: [
        call(`F${i + 1}`, ['a'], ['t']),
        i < 29 ? call(`F${i + 1}`, ['t'], ['o']) : node('Neg', ['t'], ['o']),
      ],
    }),
  );
  const chain = Array.from({ length: 200 }, (_, i) =>
    made(`F${i}`, { node: [call(`F${i + 1}`, ['a'], ['o'])] }),
  );

  it.each<[string, FunctionProto[], string]>([
    [
      'that call themselves',
      [made('F0', { node: [call('F0', ['a'], ['o'])] })],
      "function 'F0' calls itself",
    ],
    ['of too many nodes', doubling, 'its functions make more than 50000 nodes'],
    ['that call each other too often in a row', chain, 'call each other more than 100 deep'],
    [
      'of another opset',
      [made('F0', { opset_import: [{ domain: '', version: 12 }], node: [node('Neg', ['a'], ['o'])] })],
      "function 'F0' is written in opset 12 and the model in opset 17",
    ],
  ])('%s', (_, functions, message) => {
    expect(() => parseOnnx(file([call('F0', ['x'], ['y'])], functions), 'm.onnx')).toThrow(message);
  });
});
