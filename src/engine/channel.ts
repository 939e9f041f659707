import type { Answer, Asked } from './protocol.js';

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
