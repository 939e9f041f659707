import { rmSync, writeFileSync, writeSync } from 'node:fs';
import { startWorker } from '../base/workers.js';
import { gigabyte, overLimit, secondsFor } from './limits.js';
import {
  filesOf,
  type HostMessage,
  type HostSettings,
  hostErrorPrefix,
  interrupted,
  type SessionData,
} from './protocol.js';

/**
 * The entry point of the process that runs native code. Each session has a worker thread, which reads its
 * requests from the parent process and answers them there; the main thread never runs native code, so that it
 * can enforce the limits and notice the end of the parent process. The process ends itself by SIGKILL, which
 * also interrupts native code.
 */

const { module: code, limits, sessions: count } = JSON.parse(process.argv[2]!) as HostSettings;
/**
 * The interval between checks of the limits, and the time that a call may take after an interrupt, in
 * milliseconds.
 */
const [tick, grace] = [50, 1000];

interface SessionThread {
  /** The counter of `SessionData`. */
  readonly calls: Int32Array;
  /** The counter's last known value. */
  seen: number;
  /** The duration of the current call in milliseconds; 0 between calls. */
  spent: number;
  /** The value of `spent` at the time of an interrupt. */
  interrupted: number | undefined;
  /** The file of the weights that it compiles. */
  weights: string | undefined;
}

const threads: SessionThread[] = [];
let longest = 0;
let last = performance.now();

process.on('message', open);
process.on('disconnect', kill);
// A terminal sends both signals to the whole process group. The parent decides whether to stop; this process
// only stops calls that do not end within the grace period.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    noticeCalls();
    for (const thread of threads) thread.interrupted ??= thread.spent;
  });
}
setInterval(checkLimits, tick);
if (process.platform === 'linux') preferOutOfMemoryKill();

function open({ session, settings }: HostMessage): void {
  const calls = new Int32Array(new SharedArrayBuffer(4)).fill(1);
  const workerData: SessionData = { files: filesOf(session, count), calls };
  const worker = startWorker(code, { argv: [settings], workerData });
  const opened: SessionThread = { calls, seen: 1, spent: 0, interrupted: undefined, weights: undefined };
  worker.on('message', (weights: string) => {
    opened.weights = weights;
  });
  worker.on('error', ({ message }) => end(`ended unexpectedly, by an error: ${message}`));
  worker.on('exit', (code) => end(`ended unexpectedly, with exit code ${code}`));
  threads.push(opened);
}

function checkLimits(): void {
  const now = performance.now();
  // Does not count the time that the machine was suspended.
  const passed = Math.min(now - last, 20 * tick);
  last = now;
  noticeCalls();
  const busy = threads.filter(({ seen }) => (seen & 1) === 1);
  if (busy.length === 0) return;
  if (process.memoryUsage.rss() > limits.memory) {
    end(`${overLimit}memory: it may take ${(limits.memory / gigabyte).toPrecision(3)} GB (the memory limit)`);
  }
  const allowed = secondsFor(limits, longest);
  for (const thread of busy) {
    thread.spent += passed;
    if (thread.spent > 1000 * allowed) {
      end(`${overLimit}time: a call may take ${Math.round(allowed)} s (the time limit)`);
    }
    if (thread.interrupted !== undefined && thread.spent - thread.interrupted > grace) end(interrupted);
  }
}

/** Notices which calls have ended and begun. */
function noticeCalls(): void {
  for (const thread of threads) {
    const seen = Atomics.load(thread.calls, 0);
    if (seen === thread.seen) continue;
    longest = Math.max(longest, thread.spent / 1000);
    thread.seen = seen;
    thread.spent = 0;
    thread.interrupted = undefined;
  }
}

/** Makes the kernel's out-of-memory killer choose this process rather than the notebook's. */
function preferOutOfMemoryKill(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Some containers forbid it.
  }
}

function end(how: string): void {
  writeSync(2, `\n${hostErrorPrefix}${how}\n`);
  kill();
}

function kill(): void {
  // The parent, which removes these files, may have ended.
  for (const { weights } of threads) if (weights !== undefined) rmSync(weights, { force: true });
  process.kill(process.pid, 'SIGKILL');
}
