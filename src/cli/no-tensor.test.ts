import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ModelMessage } from '../graph/schema.js';
import { runLine } from '../testing/command-line.js';
import { temporaryTree } from '../testing/tree.js';

/** A type whose first field is that of float tensors. */
const ofTensors = Uint8Array.from([0x0a, 0x04, 0x0a, 0x02, 0x08, 0x01]);
const age = {
  name: 'age',
  type: { tensor_type: { elem_type: 1, shape: { dim: [{ dim_param: 'N' }, { dim_value: 2 }] } } },
};

it.each([
  ['a sequence', 'sequence_type', 'ConcatFromSequence'],
  ['an optional value', 'optional_type', 'OptionalGetElement'],
  ['a map', 'map_type', 'DictVectorizer'],
  ['a sparse tensor', 'sparse_tensor_type', 'Relu'],
])('an input that is %s is refused as such, alone or beside others', async (what, field, op) => {
  const file = (inputs: object[], last: string) =>
    ModelMessage.encode({
      ir_version: 8,
      opset_import: [{ version: 18 }],
      graph: {
        node: [
          { op_type: op, name: 'reader', input: ['views'], output: ['read'] },
          { op_type: 'Mul', name: 'last', input: ['read', last], output: ['y'] },
        ],
        input: inputs,
        output: [{ ...age, name: 'y' }],
      },
    }).finish();
  const views = { name: 'views', type: { [field]: ofTensors } };
  const root = await temporaryTree({
    'alone.onnx': Buffer.from(file([views], 'read')),
    'beside.onnx': Buffer.from(file([views, age], 'age')),
  });
  const at = (name: string) => join(root, name);
  for (const name of ['alone.onnx', 'beside.onnx'])
    for (const line of [
      ['inspect', at(name)],
      ['inspect', at(name), '--input-shape', '3,8,8'],
      ['export', at(name), '--method', 'gradient', '--out', at('out.onnx')],
      [
        ...['attribute', '--model', at(name), '--input', 'age=1,2', '--input', 'views=1,2'],
        ...['--targets', '0', '--method', 'gradient', '--out', at('map.npy')],
      ],
    ]) {
      if (name === 'alone.onnx' && line[0] === 'attribute') continue;
      const { code, errors } = await runLine(...line);
      expect([code, errors.length], line.join(' ')).toEqual([1, 1]);
      expect(errors[0], line.join(' ')).toMatch(
        op === 'DictVectorizer' ? /map/ : new RegExp(`input 'views' is ${what}`),
      );
    }
});
