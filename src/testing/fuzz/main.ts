import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pooled } from '../../base/pool.js';
import { kinds } from './index.js';
import type { FuzzKind } from './kind.js';
import { fuzz } from './pool.js';

const usage = `npm run fuzz -- KIND COUNT [--seed N]
KIND: all, ${[...kinds.keys()].join(', ')}`;

async function main([name = '', count = '', flag, seed = '0', ...rest]: readonly string[]): Promise<number> {
  const chosen = [...kinds.values()].filter((kind) => name === 'all' || name === kind.name);
  if (
    chosen.length === 0 ||
    !/^\d+$/.test(count) ||
    !/^\d+$/.test(seed) ||
    rest.length > 0 ||
    (flag ?? '--seed') !== '--seed'
  ) {
    console.error(usage);
    return 2;
  }
  let failures = 0;
  await pooled(chosen, 2, async (kind) => {
    failures += await report(kind, Number(count), Number(seed));
  });
  return failures === 0 ? 0 : 1;
}

/** Fuzzes one kind, keeps the inputs that fail and prints the counts. Returns the number of failures. */
async function report(kind: FuzzKind, count: number, seed: number): Promise<number> {
  const work = await mkdtemp(join(tmpdir(), 'sightline-fuzz-'));
  const kept = join('outputs', 'fuzz');
  const { read, refused, failed } = await fuzz(kind, {
    count,
    seed,
    work,
    parallel: count < 200 ? 1 : 2,
    async failed({ index, fault }, path) {
      const copy = join(kept, `${kind.name}-${seed}-${index}`);
      await mkdir(kept, { recursive: true });
      await copyFile(path, copy);
      console.error(`${copy}: ${fault}`);
    },
  });
  await rm(work, { recursive: true, force: true });
  console.log(`${kind.name}: ${count} inputs, ${read} read, ${refused} refused, ${failed} failed`);
  return failed;
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
