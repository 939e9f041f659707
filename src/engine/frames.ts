import { readSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';

/**
 * Messages on a stream of bytes: the length of each in four bytes, then the message as the structured clone
 * algorithm writes it.
 */

const headerBytes = 4;

/** Returns the bytes of a message with its length. */
export function frameOf(message: unknown): Buffer {
  const body = serialize(message);
  const frame = Buffer.allocUnsafe(headerBytes + body.length);
  frame.writeUInt32LE(body.length);
  body.copy(frame, headerBytes);
  return frame;
}

/** Returns a function that takes the parts of a stream as they come and calls `received` for each message. */
export function frameParser(received: (message: unknown) => void): (part: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (part) => {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
    while (rest.length >= headerBytes) {
      const end = headerBytes + rest.readUInt32LE();
      if (rest.length < end) return;
      const body = rest.subarray(headerBytes, end);
      rest = rest.subarray(end);
      received(deserialize(body));
    }
  };
}

/** Waits for the next message of an open file and returns it; `undefined` at the end of the stream. */
export function readFrame(file: number): unknown {
  const header = readBytes(file, headerBytes);
  const body = header && readBytes(file, header.readUInt32LE());
  return body && deserialize(body);
}

/** Writes a message to an open file. */
export function writeFrame(file: number, message: unknown): void {
  const frame = frameOf(message);
  for (let done = 0; done < frame.length; ) done += writeSync(file, frame, done);
}

function readBytes(file: number, length: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length; ) {
    const got = readSync(file, bytes, done, length - done, null);
    if (got === 0) return undefined;
    done += got;
  }
  return bytes;
}
