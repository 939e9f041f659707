import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { compiledFile } from '../base/workers.js';
import { frameOf, frameParser } from './frames.js';
import type { Limits } from './limits.js';
import type { HostMessage, HostSettings, Listener, Open } from './protocol.js';
import { AHEAD, filesOf, hostErrorPrefix } from './protocol.js';
import { type SessionQueue, sessionQueue } from './session-queue.js';
import { openSharedFile } from './shared-file.js';

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
  const files = Array.from({ length: sessions }, () => Array.from({ length: AHEAD }, openSharedFile));
  const child = fork(compiledFile('engine/host'), [JSON.stringify(settings)], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...files.flat(), ...files.map(() => 'pipe' as const)],
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
    for (const file of files.flat()) closeSync(file);
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
