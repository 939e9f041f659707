import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { kinds } from './index.js';
import { fuzz } from './pool.js';

const usage = `npm run fuzz -- KIND COUNT [--seed N]
KIND: all, ${[...kinds.keys()].join(', ')}`;

async function main([name = '', count = '', flag, seed = '0', ...rest]: readonly string[]): Promise<number> {
  const chosen = name === 'all' ? [...kinds.values()] : [kinds.get(name)];
  if (!/^\d+$/.test(count) || !/^\d+$/.test(seed) || rest.length > 0 || (flag ?? '--seed') !== '--seed') {
    console.error(usage);
    return 2;
  }
  let failures = 0;
  for (const kind of chosen) {
    if (kind === undefined) {
      console.error(`unknown kind '${name}'\n${usage}`);
      return 2;
    }
    const work = await mkdtemp(join(tmpdir(), 'sightline-fuzz-'));
    const kept = join('outputs', 'fuzz');
    const result = await fuzz(kind, {
      count: Number(count),
      seed: Number(seed),
      work,
      parallel: Math.min(2, availableParallelism()),
      async failed({ index, fault }, path) {
        const copy = join(kept, `${kind.name}-${seed}-${index}`);
        await mkdir(kept, { recursive: true });
        await copyFile(path, copy);
        console.error(`${copy}: ${fault}`);
      },
    });
    await rm(work, { recursive: true, force: true });
    failures += result.failed;
    console.log(
      `${kind.name}: ${count} inputs, ${result.read} read, ${result.refused} refused, ${result.failed} failed`,
    );
  }
  return failures === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
