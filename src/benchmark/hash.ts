import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';

/** A file's SHA-256; `undefined` where there is no such file. */
export async function hashOfFile(path: string): Promise<string | undefined> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (!there) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
