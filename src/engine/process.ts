import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { messageOf } from '../base/errors.js';
import { compiledFile } from '../base/workers.js';
import type { Limits } from './limits.js';
import { openMail, pack, unpack } from './mail.js';
import type { Answer, Asked, HostMessage, HostSettings, Listener, Open } from './protocol.js';
import { lastWords } from './protocol.js';

/** The number of characters kept of what the process writes to standard error. */
const remembered = 4096;

export interface Hosted {
  /** The worker module that each thread runs. */
  readonly module: string;
  readonly limits: Limits;
  readonly lanes: number;
  readonly environment?: () => Readonly<Record<string, string>>;
}

/**
 * Runs native code in a separate process, since it may crash, hang or exhaust the memory. The process has
 * one thread per session; all share one memory limit. It starts with the first session that is opened, and
 * again after it has ended. Each session answers one request at a time. Ending one session ends the process.
 */
export function hosted(options: Hosted): (lane: number, settings: string) => Open {
  let host: Host | undefined;
  return (lane, settings) => (listener) => {
    if (!host?.alive()) host = start(options);
    return host.open(lane, settings, listener);
  };
}

interface Host {
  alive(): boolean;
  open(lane: number, settings: string, listener: Listener): ReturnType<Open>;
}

function start({ module, limits, lanes, environment }: Hosted): Host {
  const settings: HostSettings = { module, limits };
  const files = Array.from({ length: lanes }, openMail);
  const child = fork(compiledFile('engine/host'), [JSON.stringify(settings)], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...files],
    env: { ...process.env, ...environment?.() },
    execArgv: [],
  });
  const opened = new Map<number, Lane>();
  const holding = new Set<number>();
  let alive = true;
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-remembered);
  });
  hold(child, false);
  child.on('message', ({ lane, message }: HostMessage) => opened.get(lane)?.answered(message));
  child.on('error', ({ message }) => gone(`ended unexpectedly, by an error: ${message}`));
  child.on('close', (code, signal) => {
    gone(howItEnded(said, signal ? `by signal ${signal}` : `with exit code ${code}`));
    for (const file of files) closeSync(file);
  });
  return {
    alive: () => alive,
    open(index, own, listener) {
      const lane = laneOf(listener, files[index]!, (message) => {
        // A failed send is reported by the event of the process's end.
        child.send({ lane: index, settings: own, message } satisfies HostMessage, () => undefined);
      });
      opened.set(index, lane);
      return {
        post: lane.post,
        hold(waiting) {
          if (waiting) holding.add(index);
          else holding.delete(index);
          hold(child, holding.size > 0);
        },
        async end() {
          alive = false;
          if (child.exitCode !== null || child.signalCode !== null) return;
          const closed = once(child, 'close');
          hold(child, true);
          child.kill('SIGKILL');
          await closed;
        },
      };
    },
  };

  function gone(how: string) {
    alive = false;
    for (const { listener } of opened.values()) listener.gone(how);
    opened.clear();
  }
}

interface Lane {
  readonly listener: Listener;
  post(asked: Asked): void;
  answered(message: unknown): void;
}

/**
 * The queue of a session. Its file holds one message at a time, so each request waits for the previous
 * answer.
 */
function laneOf(listener: Listener, file: number, send: (message: unknown) => void): Lane {
  const queue: Asked[] = [];
  let busy = false;
  const next = () => {
    const asked = queue.shift();
    busy = asked !== undefined;
    if (!asked) return;
    try {
      send(pack(asked, file));
    } catch (error) {
      // For example when the file system is full.
      queueMicrotask(() => end(refuse(asked.id, error)));
    }
  };
  const end = (answer: Answer) => {
    next();
    listener.answer(answer);
  };
  const refuse = (id: number, error: unknown): Answer => ({
    id,
    kind: 'environment',
    error: messageOf(error),
  });
  return {
    listener,
    post(asked) {
      queue.push(asked);
      if (!busy) next();
    },
    answered(message) {
      try {
        end(unpack(message, file) as Answer);
      } catch (error) {
        end(refuse((message as Answer).id, error));
      }
    },
  };
}

/**
 * The reason of the end: the host's own message, or else the exit status with the last line on standard
 * error.
 */
function howItEnded(said: string, how: string): string {
  const last = said.trim().split('\n').at(-1)!.trim();
  if (last.startsWith(lastWords)) return last.slice(lastWords.length);
  if (last) return `ended unexpectedly, ${how}, saying: ${last}`;
  const cause = how.endsWith('SIGKILL') ? ' (the machine may have run out of memory)' : '';
  return `ended unexpectedly, ${how}${cause}`;
}

function hold(child: ChildProcess, waiting: boolean) {
  const pipe = child.stderr as Socket;
  for (const handle of [child, child.channel, pipe]) {
    if (waiting) handle?.ref();
    else handle?.unref();
  }
}
