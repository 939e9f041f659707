import { inputError, unsupported } from '../../../../base/errors.js';
import { type JpegHeader, readJpegHeader } from '../jpeg/header.js';
import type { Codec } from './wasm.js';

/** Maximum number of scans. In a progressive JPEG each scan costs a pass over the image. */
const scanLimit = 100;

/** WebAssembly memory never shrinks: the codec restarts after a frame of more samples. */
const largeFrame = 2 ** 24;

/** Messages that the codec only logs when it fills missing or damaged samples. */
const madeUp = /premature end|bad Huffman code|instead of RST/i;

let running: ReturnType<typeof start> | undefined;

/**
 * JPEG without colour transform: baseline, extended and progressive DCT of 8 and 12 bits, and lossless of 2
 * to 16 bits, with Huffman coding (ITU-T T.81, 1992). An error leaves the codec in an undefined state, so it
 * restarts.
 */
export const jpegCodec: Codec = async () => {
  running ??= start();
  const { Context, NativeCodecs } = await running;
  return (bytes) => {
    const header = readJpegHeader(bytes);
    checkProcess(header);
    checkScans(bytes);
    const { width, height, samples, precision } = header;
    const length = width * height * samples;
    let restart = length > largeFrame;
    try {
      const given = new Context({
        width,
        height,
        bitsAllocated: precision > 8 ? 16 : 8,
        bitsStored: precision,
        samplesPerPixel: samples,
        pixelRepresentation: 0,
        planarConfiguration: 0,
        photometricInterpretation: 'MONOCHROME2',
        encodedBuffer: bytes,
      });
      const { buffer } = NativeCodecs.decodeJpeg(given).getDecodedBuffer()!;
      const data = precision > 8 ? new Uint16Array(buffer) : new Uint8Array(buffer);
      if (data.length !== length) throw new Error('the codec gave another number of samples');
      return { data, width, height, samples, precision, planar: false };
    } catch (error) {
      restart = true;
      throw inputError('its JPEG frame is damaged', error);
    } finally {
      if (restart) {
        running = undefined;
        NativeCodecs.release();
      }
    }
  };
};

async function start() {
  const { Context, log, NativeCodecs } = (await import('dcmjs-codecs')).default;
  log.error = () => {};
  log.info = (line: string) => {
    if (madeUp.test(line)) throw new Error(line);
  };
  await NativeCodecs.initializeAsync({ logCodecsInfo: true });
  return { Context, NativeCodecs };
}

function checkProcess({ process, precision }: JpegHeader): void {
  if (process > 0xc3) {
    throw unsupported(`JPEG process SOF${process - 0xc0} (hierarchical or arithmetic) is not supported`);
  }
  const lossless = process === 0xc3;
  if (lossless ? precision < 2 || precision > 16 : precision !== 8 && precision !== 12) {
    throw inputError(`its JPEG frame claims ${precision} bits per sample`);
  }
}

/** Counts scan markers, FFDA. Entropy-coded data cannot contain this byte pair. */
function checkScans(bytes: Uint8Array): void {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let scans = 0;
  for (let at = whole.indexOf('ffda', 0, 'hex'); at >= 0; at = whole.indexOf('ffda', at + 2, 'hex')) {
    if (++scans > scanLimit) throw inputError(`its JPEG frame has more than ${scanLimit} scans`);
  }
}
