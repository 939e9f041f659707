import type { ErrorKind } from '../base/errors.js';
import type { Constant } from '../graph/graph.js';

export interface Compile {
  readonly kind: 'compile';
  readonly program: number;
  /** An ONNX file's bytes. */
  readonly model: Uint8Array;
  /** Whether ONNX Runtime may keep channels in nchwc, which is faster and rounds otherwise. */
  readonly blocked: boolean;
  /** Output name -> input name. */
  readonly carry: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, Constant>>;
}

export interface Run {
  readonly kind: 'run';
  readonly program: number;
  readonly feeds: Readonly<Record<string, Constant>>;
  readonly outputs: readonly string[] | undefined;
}

/** What an engine asks of its thread or process, and what comes back under the same `id`. */
export type Question =
  | Compile
  | Run
  | { readonly kind: 'state'; readonly program: number }
  | { readonly kind: 'release'; readonly program: number };

export type Asked = Question & { readonly id: number };

/** Asks a thread to end itself, as soon as it is not in the middle of native code. */
export const end = 'end';

export type Answer =
  | { readonly id: number; readonly arrays: Readonly<Record<string, Constant>> }
  | { readonly id: number; readonly kind: ErrorKind; readonly error: string };

/** Each buffer once; two values may be one array. */
export function buffersOf(arrays: Readonly<Record<string, Constant>>): ArrayBuffer[] {
  return [...new Set(Object.values(arrays).map(({ data }) => data.buffer as ArrayBuffer))];
}

/** What a thread or process tells the one who started it. */
export interface Listener {
  answer(answer: Answer): void;
  /** Once, when it is gone; `why` is the end of a sentence, such as "with exit code 1". */
  gone(why: string): void;
}

/** The way to a thread or process that answers questions in the order in which they come. */
export interface Channel {
  post(asked: Asked): void;
  /** Whether this program waits for it before it ends. */
  hold(waiting: boolean): void;
  end(): Promise<void>;
}

export type Open = (listener: Listener) => Channel;
