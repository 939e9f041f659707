import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { frameOf, frameParser, readFrame, writeFrame } from './frames.js';

const folder = mkdtempSync(join(tmpdir(), 'sightline-'));
afterAll(() => rmSync(folder, { recursive: true }));

const messages = [
  { id: 1, feeds: { x: { type: 'float32', data: Float32Array.of(1, Number.NaN, 3), shape: [3] } } },
  {},
  { id: 2, arrays: { y: { type: 'int64', data: BigInt64Array.of(2n ** 60n), shape: [] } }, error: undefined },
  'a text — with two bytes',
];

describe('messages on a stream', () => {
  it.each([1, 3, 7, 10_000])('come whole from parts of %i bytes', (size) => {
    const stream = Buffer.concat(messages.map(frameOf));
    const received: unknown[] = [];
    const take = frameParser((message) => received.push(message));
    for (let at = 0; at < stream.length; at += size) take(stream.subarray(at, at + size));
    expect(received).toEqual(messages);
  });

  it('are read from a file until its end', () => {
    const path = join(folder, 'frames');
    writeFileSync(path, '');
    const file = openSync(path, 'r+');
    for (const message of messages) writeFrame(file, message);
    closeSync(file);
    const again = openSync(path, 'r');
    expect(messages.map(() => readFrame(again))).toEqual(messages);
    expect(readFrame(again)).toBeUndefined();
    closeSync(again);
  });

  it('end where the other side ends within a message', () => {
    const path = join(folder, 'cut');
    writeFileSync(path, frameOf(messages[0]).subarray(0, -1));
    const file = openSync(path, 'r');
    expect(readFrame(file)).toBeUndefined();
    closeSync(file);
  });
});
