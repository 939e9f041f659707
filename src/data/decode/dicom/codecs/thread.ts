// Worker that decodes frames one at a time. Codecs block their thread, and a worker can be terminated.
import { parentPort } from 'node:worker_threads';
import { SightlineError } from '../../../../base/errors.js';
import { memoryFor } from './cost.js';
import type { Answer, Job } from './decoder-thread.js';
import { limitMemory } from './memory.js';
import { codecs } from './packages.js';

const port = parentPort;
if (port === null) throw new Error('this module is for a worker thread');
const memory = limitMemory();

port.on('message', async ({ codec, bytes, samples }: Job) => {
  try {
    const decode = await codecs[codec]();
    memory.allow(memoryFor(samples));
    port.postMessage({ kind: 'begun' } satisfies Answer);
    const begin = performance.now();
    const frame = decode(bytes);
    const seconds = (performance.now() - begin) / 1000;
    port.postMessage({ kind: 'frame', frame, seconds } satisfies Answer, [frame.data.buffer as ArrayBuffer]);
  } catch (error) {
    port.postMessage(failure(error, memoryFor(samples)));
  }
});

function failure(error: unknown, memoryBytes: number): Answer {
  if (memory.refused()) {
    const message = `decoding its frame takes more than ${Math.round(memoryBytes / 2 ** 20)} MiB`;
    return { kind: 'failed', error: 'input', message };
  }
  if (error instanceof SightlineError) return { kind: 'failed', error: error.kind, message: error.message };
  return { kind: 'defect', error };
}
