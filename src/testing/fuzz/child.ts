import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kinds } from './index.js';
import { faultOf, inputAt } from './input.js';

/** What became of an input. */
export interface Outcome {
  readonly index: number;
  readonly read: boolean;
  readonly fault?: string;
}

/** Tries the inputs whose indices it is sent, one at a time. */
async function main(): Promise<void> {
  const [name, seed, folder] = process.argv.slice(2) as [string, string, string];
  const kind = kinds.get(name)!;
  const seeds = await kind.seeds();
  const path = join(folder, kind.file);
  await mkdir(dirname(path), { recursive: true });
  await kind.surround?.(folder);
  process.on('message', async (index: number) => {
    await writeFile(path, inputAt(kind, seeds, Number(seed), index));
    process.send!(await tried(index));
  });
  process.send!('ready');

  async function tried(index: number): Promise<Outcome> {
    try {
      await kind.read(path);
      return { index, read: true };
    } catch (error) {
      return { index, read: false, fault: faultOf(error) };
    }
  }
}

process.on('unhandledRejection', (error) => {
  console.error(error);
  process.exit(1);
});
main();
