import { jpegCodec } from './jpeg.js';
import { type Codec, wasmCodec } from './wasm.js';

/**
 * Gives every frame an end marker. Where one lacks it, CharLS searches all of its memory, seconds for a few
 * bytes, and the JPEG codec cannot tell whether samples are missing as well.
 */
function ended(codec: Codec): Codec {
  return async () => {
    const decode = await codec();
    return (bytes) => decode(Buffer.concat([bytes, Uint8Array.of(0xff, 0xd9)]));
  };
}

/** What reads compressed frames. */
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
