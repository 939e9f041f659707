import { closeSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { float32 } from '../graph/elements.js';
import type { Answer, PostedRequest } from './protocol.js';
import { sessionQueue } from './session-queue.js';
import { openSharedFile, pack, unpack } from './shared-file.js';

const files = [openSharedFile(), openSharedFile()];
afterAll(() => files.forEach(closeSync));

const request = (id: number): PostedRequest => ({
  ...{ id, kind: 'run', program: 0, outputs: undefined },
  feeds: { x: filled(id) },
});

it('sends a request ahead, and reads each answer from the file of its request', () => {
  const answers: Answer[] = [];
  const sent: unknown[] = [];
  const listener = { answer: (answer: Answer) => answers.push(answer), gone: () => {} };
  const queue = sessionQueue(listener, files, (message) => sent.push(message));
  for (let id = 0; id < 5; id++) queue.post(request(id));
  expect(sent.length).toBe(2);
  for (let id = 0; id < 5; id++) {
    // The session works on them in order, and answers in the file that the request came in.
    const file = files[id % 2]!;
    const { feeds } = unpack(sent[id], file) as Extract<PostedRequest, { kind: 'run' }>;
    queue.answered(pack({ id, arrays: { y: feeds.x } }, file));
    expect(sent.length).toBe(Math.min(5, id + 3));
  }
  expect(answers).toEqual([0, 1, 2, 3, 4].map((id) => ({ id, arrays: { y: filled(id) } })));
});

const filled = (id: number) => float32(new Float32Array(20_000).fill(id));
