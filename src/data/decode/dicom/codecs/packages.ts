import { jpegCodec } from './jpeg.js';
import { type Codec, wasmCodec } from './wasm.js';

/**
 * Appends an end marker to every frame. Without one CharLS searches all of its memory, for seconds, and the
 * JPEG codec cannot detect missing samples.
 */
function ended(codec: Codec): Codec {
  return async () => {
    const decode = await codec();
    return (bytes) => decode(Buffer.concat([bytes, Uint8Array.of(0xff, 0xd9)]));
  };
}

/** Codecs by name. */
export const codecs = {
  jpeg: ended(jpegCodec),
  'jpeg-ls': ended(
    wasmCodec(
      async () => (await import('@cornerstonejs/codec-charls/decodewasmjs')).default,
      'JpegLSDecoder',
    ),
  ),
  'jpeg-2000': wasmCodec(
    async () => (await import('@cornerstonejs/codec-openjpeg/decodewasmjs')).default,
    'J2KDecoder',
  ),
  htj2k: wasmCodec(async () => (await import('@cornerstonejs/codec-openjph/wasmjs')).default, 'HTJ2KDecoder'),
} satisfies Record<string, Codec>;

export type CodecName = keyof typeof codecs;
