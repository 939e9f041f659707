import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { messageOf } from '../base/errors.js';
import { compiledFile } from '../base/workers.js';
import { frameOf, frameParser } from './frames.js';
import type { Limits } from './limits.js';
import type { Answer, HostMessage, HostSettings, Listener, Open, PostedRequest } from './protocol.js';
import { filesOf, hostErrorPrefix } from './protocol.js';
import { openSharedFile, pack, unpack } from './shared-file.js';

/** The number of characters kept of what the process writes to standard error. */
const maxErrorOutput = 4096;

export interface HostOptions {
  /** The worker module that each thread runs. */
  readonly module: string;
  readonly limits: Limits;
  readonly sessions: number;
  readonly environment?: () => Readonly<Record<string, string>>;
}

/**
 * Runs native code in a separate process, since it may crash, hang or exhaust the memory. The process has
 * one thread per session; all share one memory limit. It starts with the first session that is opened, and
 * again after it has ended. Each session answers one request at a time. Ending one session ends the process.
 */
export function hosted(options: HostOptions): (session: number, settings: string) => Open {
  let host: Host | undefined;
  return (session, settings) => (listener) => {
    if (!host?.alive()) host = start(options);
    return host.open(session, settings, listener);
  };
}

interface Host {
  alive(): boolean;
  open(session: number, settings: string, listener: Listener): ReturnType<Open>;
}

function start({ module, limits, sessions, environment }: HostOptions): Host {
  const settings: HostSettings = { module, limits, sessions };
  const files = Array.from({ length: sessions }, openSharedFile);
  const child = fork(compiledFile('engine/host'), [JSON.stringify(settings)], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...files, ...files.map(() => 'pipe' as const)],
    env: { ...process.env, ...environment?.() },
    execArgv: [],
  });
  const opened: SessionQueue[] = [];
  const holding = new Set<number>();
  let alive = true;
  let errorOutput = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errorOutput = (errorOutput + text).slice(-maxErrorOutput);
  });
  const pipes = files.map((_, session) => child.stdio[filesOf(session, sessions).messages] as Socket);
  const own: readonly (Handle | null | undefined)[] = [child, child.channel, child.stderr as Socket];
  hold([...own, ...pipes], false);
  child.on('error', ({ message }) => gone(`ended unexpectedly, by an error: ${message}`));
  child.on('close', (code, signal) => {
    gone(reasonOfEnd(errorOutput, signal ? `by signal ${signal}` : `with exit code ${code}`));
    for (const file of files) closeSync(file);
  });
  return {
    alive: () => alive,
    open(session, settings, listener) {
      const pipe = pipes[session]!;
      const queue = sessionQueue(listener, files[session]!, (message) => pipe.write(frameOf(message)));
      pipe.on('data', frameParser(queue.answered));
      // The event of the process's end reports why a request cannot be sent.
      pipe.on('error', () => undefined);
      child.send({ session, settings } satisfies HostMessage, () => undefined);
      opened.push(queue);
      return {
        post: queue.post,
        hold(waiting) {
          if (waiting) holding.add(session);
          else holding.delete(session);
          hold([pipe], waiting);
          hold(own, holding.size > 0);
        },
        async end() {
          alive = false;
          if (child.exitCode !== null || child.signalCode !== null) return;
          const closed = once(child, 'close');
          hold(own, true);
          child.kill('SIGKILL');
          await closed;
        },
      };
    },
  };

  function gone(how: string) {
    alive = false;
    for (const { listener } of opened.splice(0)) listener.gone(how);
  }
}

interface SessionQueue {
  readonly listener: Listener;
  post(request: PostedRequest): void;
  answered(message: unknown): void;
}

/**
 * The queue of a session. Its file holds one message at a time, so each request waits for the previous
 * answer.
 */
function sessionQueue(listener: Listener, file: number, send: (message: unknown) => void): SessionQueue {
  const queue: PostedRequest[] = [];
  let busy = false;
  const next = () => {
    const request = queue.shift();
    busy = request !== undefined;
    if (!request) return;
    try {
      send(pack(request, file));
    } catch (error) {
      // For example when the file system is full.
      queueMicrotask(() => end(refuse(request.id, error)));
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
    post(request) {
      queue.push(request);
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

/** Matches an assertion in C++ source code, which does not help a user. */
const isCode = /std::|Assertion|\.(cc|cpp|h):\d+/;

/**
 * The reason of the end: the host's own message, or else the exit status with the last line on standard
 * error.
 */
function reasonOfEnd(errorOutput: string, how: string): string {
  const last = errorOutput.trim().split('\n').at(-1)!.trim();
  if (last.startsWith(hostErrorPrefix)) return last.slice(hostErrorPrefix.length);
  if (last && !isCode.test(last)) return `ended unexpectedly, ${how}, saying: ${last}`;
  const cause = how.endsWith('SIGKILL') ? ' (the machine may have run out of memory)' : '';
  return `ended unexpectedly, ${how}${cause}`;
}

/** Keeps the event loop alive, or no longer. */
interface Handle {
  ref(): void;
  unref(): void;
}

function hold(handles: readonly (Handle | null | undefined)[], waiting: boolean) {
  for (const handle of handles) {
    if (waiting) handle?.ref();
    else handle?.unref();
  }
}
