import { expect } from 'vitest';
import { decodeDicom } from '../data/decode/index.js';

/**
 * Expects that a DICOM file called `bad.dcm` is refused. An image would be told by its shape: printing its
 * pixels takes minutes.
 */
export const refuses = (bytes: Uint8Array, message: string | RegExp, kind = 'input') =>
  expect(decodeDicom(bytes, 'bad.dcm').then(({ pixels }) => pixels.shape)).rejects.toMatchObject({
    name: 'SightlineError',
    kind,
    message: expect.stringMatching(message),
  });
