import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryTree } from '../testing/tree.js';
import { readOnnx } from './read.js';

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
