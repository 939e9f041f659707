import type { ErrorKind } from '../base/errors.js';
import type { Constant } from '../graph/graph.js';
import type { Limits } from './limits.js';

export interface CompileRequest {
  readonly kind: 'compile';
  readonly program: number;
  /** The bytes of an ONNX file. */
  readonly model: Uint8Array;
  /** The path of the file with the model's large initializers, if they are not in `model`. */
  readonly weights?: string;
  /** Whether ONNX Runtime may use NCHWc, which is faster and rounds differently. */
  readonly blocked: boolean;
  /** Output name -> input name. */
  readonly carry: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, Constant>>;
}

export interface RunRequest {
  readonly kind: 'run';
  readonly program: number;
  readonly feeds: Readonly<Record<string, Constant>>;
  readonly outputs: readonly string[] | undefined;
}

/** The requests of an engine to its thread or process. The answer has the same `id`. */
export type EngineRequest =
  | CompileRequest
  | RunRequest
  | { readonly kind: 'state'; readonly program: number }
  | { readonly kind: 'release'; readonly program: number };

export type PostedRequest = EngineRequest & { readonly id: number };

/** The message that ends a thread after the current call. */
export const end = 'end';

export type Answer =
  | { readonly id: number; readonly arrays: Readonly<Record<string, Constant>> }
  | { readonly id: number; readonly kind: ErrorKind; readonly error: string };

/** The distinct buffers of some arrays; two arrays may share one. */
export function buffersOf(arrays: Readonly<Record<string, Constant>>): ArrayBuffer[] {
  return [...new Set(Object.values(arrays).map(({ data }) => data.buffer as ArrayBuffer))];
}

/** Receives the events of a thread or process. */
export interface Listener {
  answer(answer: Answer): void;
  /** Called once at the end. `how` completes a sentence, such as "ended unexpectedly, with exit code 1". */
  gone(how: string): void;
}

/** Tells a host process to start the thread of a session. */
export interface HostMessage {
  readonly session: number;
  /** The settings with which the session's thread starts. */
  readonly settings: string;
}

/** The settings with which a host process starts. */
export interface HostSettings {
  /** The worker module that each thread runs. */
  readonly module: string;
  readonly limits: Limits;
  readonly sessions: number;
}

/**
 * The open files of a host process's session: for the large arrays of requests and their answers, by turns,
 * so that a request can wait in one while another is worked on; and one for the messages themselves.
 */
export interface SessionFiles {
  readonly arrays: readonly number[];
  readonly messages: number;
}

/** Requests of a session that are sent before the first of them is answered. */
export const AHEAD = 2;

/** A host process's file descriptors of a session, behind its standard streams and its own channel. */
export const filesOf = (session: number, sessions: number): SessionFiles => ({
  arrays: Array.from({ length: AHEAD }, (_, i) => 4 + AHEAD * session + i),
  messages: 4 + AHEAD * sessions + session,
});

/** The `how` of an end by an interrupt. */
export const interrupted = 'was interrupted';

/** The worker data of a session's thread in a host process. */
export interface SessionData {
  readonly files: SessionFiles;
  /**
   * One counter, shared with the thread that checks the limits. The session's thread adds one when it is
   * ready, and at the beginning and the end of each call: it works while the counter is odd, from 1 on.
   */
  readonly calls: Int32Array;
}

/** The prefix of the host's last line on standard error when it ends itself. */
export const hostErrorPrefix = 'sightline: ';

/** A connection to a thread or process that answers requests in order. */
export interface Channel {
  post(request: PostedRequest): void;
  /** Sets whether the connection keeps the event loop of this program alive. */
  hold(waiting: boolean): void;
  end(): Promise<void>;
}

export type Open = (listener: Listener) => Channel;
