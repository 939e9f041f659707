import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryTree } from '../testing/tree.js';
import { parseOnnx, readOnnx } from './read.js';
import { ModelMessage } from './schema.js';

it.each([
  ['a.pt', 'PK\u0003\u0004rest', 'a zip archive, as PyTorch and Keras write'],
  ['a.h5', '\u0089HDF\r\n\u001a\n', 'an HDF5 file'],
  ['a.pth', '\u0080\u0002}q\u0001.', 'a pickle'],
  ['a.tflite', '\u001c\0\0\0TFL3', 'a TensorFlow Lite model'],
  ['a.safetensors', '\u0040\0\0\0\0\0\0\0{"a":{}}', 'a file of weights alone'],
  ['a.txt', 'hello', 'it is damaged or of another format'],
])('a file that is no ONNX model is named: %s', async (file, text, kind) => {
  const path = join(await temporaryTree({ [file]: Buffer.from(text, 'latin1') }), file);
  await expect(readOnnx(path)).rejects.toThrow(kind);
});

describe('weights of four bits', () => {
  const file = (type: number, bytes: number[], op = 'DequantizeLinear') =>
    ModelMessage.encode({
      graph: {
        node: [{ op_type: op, name: 'reader', input: ['q', 'scale'], output: ['y'] }],
        initializer: [{ name: 'q', data_type: type, dims: [3], raw_data: Uint8Array.from(bytes) }],
      },
    }).finish();

  it.each([
    [22, [7, -8, -1]],
    [21, [7, 8, 15]],
  ])('are read as those of eight, the lower half of a byte first: type %i', (type, values) => {
    const { initializers } = parseOnnx(file(type, [0x87, 0x0f]), 'net.onnx');
    expect([...initializers.get('q')!.data]).toEqual(values);
  });

  it('are refused where another operator reads them, or too few are there', () => {
    expect(() => parseOnnx(file(22, [0x87, 0x0f], 'QuantizeLinear'), 'net.onnx')).toThrow(
      "net.onnx: 'q' has numbers of four bits, which only DequantizeLinear may read; node 'reader' (Quanti",
    );
    expect(() => parseOnnx(file(22, [0x87]), 'net.onnx')).toThrow('holds 2 values of four bits');
  });
});
