import type { ErrorKind } from '../base/errors.js';
import type { Constant } from '../graph/graph.js';
import type { Limits } from './limits.js';

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
  /**
   * Once, when it is gone; `how` is the end of a sentence, such as "ended unexpectedly, with exit code 1".
   */
  gone(how: string): void;
}

/**
 * What the host of lanes and the program that started it say to each other, with arrays in the lane's file
 * (`mail.ts`).
 */
export interface HostMessage {
  readonly lane: number;
  /** What the lane's thread is started with. */
  readonly settings: string;
  readonly message: unknown;
}

/** What a host is started with. */
export interface HostSettings {
  /** The module that a lane's thread runs. */
  readonly module: string;
  readonly limits: Limits;
}

/** The file descriptor of the first lane's file; the others follow. */
export const firstFile = 4;

/** How an end is told that an interrupt brought about. */
export const interrupted = 'was interrupted';

/** What a host gives a lane's thread: the file that its large arrays pass through. */
export interface LaneData {
  readonly file: number;
}

/** With which the host begins what it says last on standard error, where it ends itself. */
export const lastWords = 'sightline: ';

/** The way to a thread or process that answers questions in the order in which they come. */
export interface Channel {
  post(asked: Asked): void;
  /** Whether this program waits for it before it ends. */
  hold(waiting: boolean): void;
  end(): Promise<void>;
}

export type Open = (listener: Listener) => Channel;
