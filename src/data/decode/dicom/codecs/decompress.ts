import { inputError } from '../../../../base/errors.js';
import type { CodecFrame } from '../file/codestream.js';
import { patience, usualSeconds } from './cost.js';
import { onCodecThread } from './decoder-pool.js';
import type { CodecName } from './packages.js';

/** Decodes one frame of the declared number of samples on a decoder thread. */
export type Decompress = (codec: CodecName, bytes: Uint8Array, samples: number) => Promise<CodecFrame>;

/**
 * A decoder for the frames of one file. All frames together may take `seconds`, or `patience` times their
 * expected seconds in proportion, whichever is more. Throws `input` after that time and `cancelled` on abort.
 */
export function decompressor(seconds: number, signal?: AbortSignal): Decompress {
  const sum = { samples: 0, bytes: 0, usual: 0, spent: 0 };
  return async (codec, bytes, samples) => {
    sum.samples += samples;
    sum.bytes += bytes.length;
    sum.usual += usualSeconds(codec, samples, bytes.length);
    const allowed = seconds * Math.max(1, patience * sum.usual);
    const late = inputError(
      `decoding ${sum.samples} samples from ${sum.bytes} compressed bytes took more than ${allowed.toPrecision(2)} seconds`,
    );
    if (sum.spent >= allowed) throw late;
    const job = { codec, bytes: new Uint8Array(bytes), samples };
    const done = await onCodecThread(job, { seconds: allowed - sum.spent, late, signal });
    sum.spent += done.seconds;
    return done.frame;
  };
}
