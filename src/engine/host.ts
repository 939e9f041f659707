import { writeFileSync, writeSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { startWorker } from '../base/workers.js';
import { gigabyte, secondsFor } from './limits.js';
import { firstFile, type HostMessage, type HostSettings, interrupted, lastWords } from './protocol.js';

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

interface Lane {
  readonly thread: Worker;
  /** The duration of the current call in milliseconds; undefined between calls. */
  spent: number | undefined;
  /** The value of `spent` at the time of an interrupt. */
  interrupted: number | undefined;
}

const lanes = new Map<number, Lane>();
let longest = 0;
let last = performance.now();

process.on('message', ({ lane, settings, message }: HostMessage) => {
  const found = lanes.get(lane) ?? open(lane, settings);
  found.spent = 0;
  found.interrupted = undefined;
  found.thread.postMessage(message);
});
process.on('disconnect', kill);
// A terminal sends both signals to the whole process group. The parent decides whether to stop; this process
// only stops calls that do not end within the grace period.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    for (const lane of lanes.values()) lane.interrupted ??= lane.spent;
  });
}
setInterval(look, tick);
if (process.platform === 'linux') firstToGo();

function open(lane: number, settings: string): Lane {
  const thread = startWorker(code, { argv: [settings], workerData: { file: firstFile + lane } });
  const opened: Lane = { thread, spent: undefined, interrupted: undefined };
  thread.on('message', (message: unknown) => {
    longest = Math.max(longest, (opened.spent ?? 0) / 1000);
    opened.spent = undefined;
    process.send!({ lane, message });
  });
  thread.on('error', ({ message }) => end(`ended unexpectedly, by an error: ${message}`));
  thread.on('exit', (code) => end(`ended unexpectedly, with exit code ${code}`));
  lanes.set(lane, opened);
  return opened;
}

function look(): void {
  const now = performance.now();
  // Does not count the time that the machine was suspended.
  const passed = Math.min(now - last, 20 * tick);
  last = now;
  const busy = [...lanes.values()].filter(({ spent }) => spent !== undefined);
  if (busy.length === 0) return;
  if (process.memoryUsage.rss() > limits.memory) {
    end(`ran out of memory: it may take ${(limits.memory / gigabyte).toPrecision(3)} GB (the memory limit)`);
  }
  const allowed = secondsFor(limits, longest);
  for (const lane of busy) {
    lane.spent! += passed;
    if (lane.spent! > 1000 * allowed) {
      end(`ran out of time: a call may take ${Math.round(allowed)} s (the time limit)`);
    }
    if (lane.interrupted !== undefined && lane.spent! - lane.interrupted > grace) end(interrupted);
  }
}

/** Makes the kernel's out-of-memory killer choose this process rather than the notebook's. */
function firstToGo(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Some containers forbid it.
  }
}

function end(how: string): void {
  writeSync(2, `\n${lastWords}${how}\n`);
  kill();
}

function kill(): void {
  process.kill(process.pid, 'SIGKILL');
}
