import { messageOf } from '../base/errors.js';
import type { Answer, Listener, PostedRequest } from './protocol.js';
import { pack, unpack } from './shared-file.js';

/** The requests of this program to one session. */
export interface SessionQueue {
  readonly listener: Listener;
  post(request: PostedRequest): void;
  answered(message: unknown): void;
}

/**
 * The queue of a session. A file holds one message at a time: a request takes that of the one before the
 * last, which was answered. So the session finds its next request sent when it has answered, however busy
 * this program is.
 */
export function sessionQueue(
  listener: Listener,
  files: readonly number[],
  send: (message: unknown) => void,
): SessionQueue {
  const queue: PostedRequest[] = [];
  let [sent, answered] = [0, 0];
  const fileOf = (request: number) => files[request % files.length]!;
  const sendOn = () => {
    while (queue.length > 0 && sent - answered < files.length) {
      const request = queue.shift()!;
      try {
        send(pack(request, fileOf(sent)));
        sent++;
      } catch (error) {
        // For example when the file system is full.
        queueMicrotask(() => listener.answer(refuse(request.id, error)));
      }
    }
  };
  const refuse = (id: number, error: unknown): Answer => ({
    id,
    kind: 'environment',
    error: messageOf(error),
  });
  const read = (message: unknown): Answer => {
    try {
      return unpack(message, fileOf(answered)) as Answer;
    } catch (error) {
      return refuse((message as Answer).id, error);
    }
  };
  return {
    listener,
    post(request) {
      queue.push(request);
      sendOn();
    },
    answered(message) {
      const answer = read(message);
      answered++;
      sendOn();
      listener.answer(answer);
    },
  };
}
