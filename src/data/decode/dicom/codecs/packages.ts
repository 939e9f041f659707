import { wasmCodec } from './wasm.js';

export const decodeJpegLs = wasmCodec(
  async () => (await import('@cornerstonejs/codec-charls/decodewasmjs')).default,
  'JpegLSDecoder',
);

export const decodeJpeg2000 = wasmCodec(
  async () => (await import('@cornerstonejs/codec-openjpeg/decodewasmjs')).default,
  'J2KDecoder',
);

export const decodeHtj2k = wasmCodec(
  async () => (await import('@cornerstonejs/codec-openjph/wasmjs')).default,
  'HTJ2KDecoder',
);

export const decodeTurbo = wasmCodec(
  async () => (await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs')).default,
  'JPEGDecoder',
);
