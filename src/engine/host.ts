import { rmSync, writeFileSync, writeSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { startWorker } from '../base/workers.js';
import { gigabyte, overLimit, secondsFor } from './limits.js';
import {
  type CompileRequest,
  firstFile,
  type HostMessage,
  type HostSettings,
  hostErrorPrefix,
  interrupted,
} from './protocol.js';

/**
 * The entry point of the process that runs native code. Each session has a worker thread; the main thread
 * never runs native code, so that it can enforce the limits and notice the end of the parent process. The
 * process ends itself by SIGKILL, which also interrupts native code.
 */

const { module: code, limits } = JSON.parse(process.argv[2]!) as HostSettings;
/**
 * The interval between checks of the limits, and the time that a call may take after an interrupt, in
 * milliseconds.
 */
const [tick, grace] = [50, 1000];

interface SessionThread {
  readonly worker: Worker;
  /** The duration of the current call in milliseconds; undefined between calls. */
  spent: number | undefined;
  /** The value of `spent` at the time of an interrupt. */
  interrupted: number | undefined;
  /** The file of the weights that it compiles. */
  weights: string | undefined;
}

const sessions = new Map<number, SessionThread>();
let longest = 0;
let last = performance.now();

process.on('message', ({ session, settings, message }: HostMessage) => {
  const found = sessions.get(session) ?? open(session, settings);
  found.spent = 0;
  found.interrupted = undefined;
  found.weights = (message as Partial<CompileRequest>).weights;
  found.worker.postMessage(message);
});
process.on('disconnect', kill);
// A terminal sends both signals to the whole process group. The parent decides whether to stop; this process
// only stops calls that do not end within the grace period.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    for (const thread of sessions.values()) thread.interrupted ??= thread.spent;
  });
}
setInterval(checkLimits, tick);
if (process.platform === 'linux') preferOutOfMemoryKill();

function open(session: number, settings: string): SessionThread {
  const worker = startWorker(code, { argv: [settings], workerData: { file: firstFile + session } });
  const opened: SessionThread = { worker, spent: undefined, interrupted: undefined, weights: undefined };
  worker.on('message', (message: unknown) => {
    longest = Math.max(longest, (opened.spent ?? 0) / 1000);
    opened.spent = undefined;
    process.send!({ session, message });
  });
  worker.on('error', ({ message }) => end(`ended unexpectedly, by an error: ${message}`));
  worker.on('exit', (code) => end(`ended unexpectedly, with exit code ${code}`));
  sessions.set(session, opened);
  return opened;
}

function checkLimits(): void {
  const now = performance.now();
  // Does not count the time that the machine was suspended.
  const passed = Math.min(now - last, 20 * tick);
  last = now;
  const busy = [...sessions.values()].filter(({ spent }) => spent !== undefined);
  if (busy.length === 0) return;
  if (process.memoryUsage.rss() > limits.memory) {
    end(`${overLimit}memory: it may take ${(limits.memory / gigabyte).toPrecision(3)} GB (the memory limit)`);
  }
  const allowed = secondsFor(limits, longest);
  for (const thread of busy) {
    thread.spent! += passed;
    if (thread.spent! > 1000 * allowed) {
      end(`${overLimit}time: a call may take ${Math.round(allowed)} s (the time limit)`);
    }
    if (thread.interrupted !== undefined && thread.spent! - thread.interrupted > grace) end(interrupted);
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
  for (const { weights } of sessions.values()) if (weights !== undefined) rmSync(weights, { force: true });
  process.kill(process.pid, 'SIGKILL');
}
