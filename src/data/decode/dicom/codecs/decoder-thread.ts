import type { Worker } from 'node:worker_threads';
import { type ErrorKind, inputError, SightlineError } from '../../../../base/errors.js';
import { stopped } from '../../../../base/run.js';
import type { CodecFrame } from '../file/codestream.js';
import type { CodecName } from './packages.js';
import { stopwatch } from './stopwatch.js';

/** Request to a decoder thread. */
export interface Job {
  readonly codec: CodecName;
  /** The only view of its buffer, which is transferred to the thread. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Sample count declared by the data set. */
  readonly samples: number;
}

/** Answers of a decoder thread: `begun` once the codec is loaded, then one of the others. */
export type Answer =
  | { readonly kind: 'begun' }
  | ({ readonly kind: 'frame' } & Decoded)
  | { readonly kind: 'failed'; readonly error: ErrorKind; readonly message: string }
  | { readonly kind: 'defect'; readonly error: unknown };

export interface Decoded {
  readonly frame: CodecFrame;
  /** Seconds of decoding. */
  readonly seconds: number;
}

export interface Bounds {
  /** Time limit, from the start of the codec. */
  readonly seconds: number;
  /** Error thrown when the time limit is exceeded. */
  readonly late: Error;
  readonly signal?: AbortSignal;
}

/** A thread that decodes one frame at a time. An idle thread does not keep the process alive. */
export interface DecoderThread {
  /**
   * Decodes a frame. Throws `late` after the time limit, `cancelled` on abort, and `input` where the thread
   * died. After each of these the thread is no longer alive.
   */
  decode(job: Job, bounds: Bounds): Promise<Decoded>;
  alive(): boolean;
}

export function openDecoderThread(start: () => Worker): DecoderThread {
  const worker = start();
  let alive = true;
  /** Rejects the current job. */
  let fail: ((error: unknown) => void) | undefined;
  let listen: ((answer: Answer) => void) | undefined;
  const end = () => {
    alive = false;
    void worker.terminate();
  };
  worker.unref();
  worker.on('message', (answer: Answer) => listen?.(answer));
  worker.on('error', (error: NodeJS.ErrnoException) =>
    died(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it ran out of memory' : 'by an error'),
  );
  worker.on('exit', (code) => died(`exit code ${code}`));
  return { decode, alive: () => alive };

  function died(why: string) {
    alive = false;
    fail?.(inputError(`its frame ended the thread that decoded it (${why})`));
  }

  async function decode(job: Job, { seconds, late, signal }: Bounds) {
    if (signal?.aborted) throw stopped();
    const time = stopwatch(seconds, () => {
      end();
      fail?.(late);
    });
    const stop = () => {
      end();
      fail?.(stopped());
    };
    worker.ref();
    signal?.addEventListener('abort', stop);
    try {
      return await new Promise<Decoded>((resolve, reject) => {
        fail = reject;
        listen = (answer) => {
          if (answer.kind === 'begun') time.start();
          else if (answer.kind === 'frame') resolve(answer);
          else if (answer.kind === 'failed') reject(new SightlineError(answer.error, answer.message));
          else reject(answer.error);
        };
        worker.postMessage(job, [job.bytes.buffer]);
      });
    } finally {
      fail = undefined;
      listen = undefined;
      time.stop();
      signal?.removeEventListener('abort', stop);
      worker.unref();
    }
  }
}
