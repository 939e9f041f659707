import { decodeJpeg } from '../jpeg/decode.js';
import { type Codec, wasmCodec } from './wasm.js';

/** CharLS searches all of its memory for the end marker where a frame lacks one: seconds for a few bytes. */
const ended = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, Uint8Array.of(0xff, 0xd9)]);

const charls = wasmCodec(
  async () => (await import('@cornerstonejs/codec-charls/decodewasmjs')).default,
  'JpegLSDecoder',
);

/** What reads compressed frames. `jpeg` is this library's own, `jpeg-turbo` the faster one for what suits it. */
export const codecs = {
  'jpeg-ls': async () => {
    const decode = await charls();
    return (bytes) => decode(ended(bytes));
  },
  'jpeg-2000': wasmCodec(
    async () => (await import('@cornerstonejs/codec-openjpeg/decodewasmjs')).default,
    'J2KDecoder',
  ),
  htj2k: wasmCodec(async () => (await import('@cornerstonejs/codec-openjph/wasmjs')).default, 'HTJ2KDecoder'),
  'jpeg-turbo': wasmCodec(
    async () => (await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs')).default,
    'JPEGDecoder',
  ),
  jpeg: async () => decodeJpeg,
} satisfies Record<string, Codec>;

export type CodecName = keyof typeof codecs;
