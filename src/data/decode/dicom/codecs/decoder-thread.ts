import type { Worker } from 'node:worker_threads';
import { type ErrorKind, inputError, messageOf, SightlineError } from '../../../../base/errors.js';
import { stopped } from '../../../../base/run.js';
import type { CodecFrame } from '../file/codestream.js';
import type { CodecName } from './packages.js';
import { stopwatch } from './stopwatch.js';

/** What a decoding thread is asked. */
export interface Job {
  readonly codec: CodecName;
  /** Alone in their buffer, which goes over to the thread. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** That the frame claims to hold. */
  readonly samples: number;
}

/** What it answers: `begun` once the codec is loaded, then one of the others. */
export type Answer =
  | { readonly kind: 'begun' }
  | ({ readonly kind: 'frame' } & Decoded)
  | { readonly kind: 'failed'; readonly error: ErrorKind; readonly message: string }
  | { readonly kind: 'defect'; readonly error: unknown };

export interface Decoded {
  readonly frame: CodecFrame;
  /** That the codec worked. */
  readonly seconds: number;
}

export interface Bounds {
  /** Of work, counted from when the codec begins. */
  readonly seconds: number;
  /** What is thrown when they are over. */
  readonly late: Error;
  readonly signal?: AbortSignal;
}

/** A thread that decodes one frame at a time. It does not keep the process alive while it waits for work. */
export interface DecoderThread {
  /**
   * Throws `late`, or `cancelled` where it is stopped, or `input` where the thread died; the thread is then
   * no longer alive.
   */
  decode(job: Job, bounds: Bounds): Promise<Decoded>;
  alive(): boolean;
}

export function openDecoderThread(start: () => Worker): DecoderThread {
  const worker = start();
  let alive = true;
  /** What ends the job in hand. */
  let fail: ((error: unknown) => void) | undefined;
  let listen: ((answer: Answer) => void) | undefined;
  const end = () => {
    alive = false;
    void worker.terminate();
  };
  worker.unref();
  worker.on('message', (answer: Answer) => listen?.(answer));
  worker.on('error', (error) => died(messageOf(error)));
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
