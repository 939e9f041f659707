import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { unsupported } from '../../base/errors.js';
import { choice, integer, type OptionValues } from '../../base/options.js';
import { pooled } from '../../base/pool.js';
import { seededRandom } from '../../base/random.js';
import type { RunContext } from '../../base/run.js';
import type { Archive } from '../record.js';
import { prepare } from './prepare.js';

export const benchOptions = {
  images: integer({ doc: 'Number of images to prepare.', min: 8, max: 1000000, default: 400 }),
  files: integer({ doc: 'Number of different image files.', min: 1, max: 1000, default: 40 }),
  side: integer({ doc: 'Side of the image files in pixels.', min: 64, max: 8192, default: 1024 }),
  size: integer({ doc: 'Side of the prepared images in pixels.', min: 8, max: 4096, default: 224 }),
  format: choice(['jpeg', 'png'], { doc: 'Format of the image files.', default: 'jpeg' }),
  rounds: integer({
    doc: 'Rounds of both measurements; the best time counts.',
    min: 1,
    max: 20,
    default: 3,
  }),
};

export interface PrepareBench {
  readonly images: number;
  /** Images per second. */
  readonly sharpAlone: number;
  readonly prepared: number;
  /** `prepared / sharpAlone`. */
  readonly ratio: number;
  /** Resident memory in MiB after the first and the last round; similar values mean constant memory. */
  readonly memory: readonly [number, number];
  readonly parallel: number;
}

/** Times preparation, including masks, table and checksums, against decoding and resizing by sharp alone. */
export async function benchPrepare(
  options: OptionValues<typeof benchOptions>,
  run: RunContext,
): Promise<PrepareBench> {
  const { images, size, rounds } = options;
  const dir = await mkdtemp(join(tmpdir(), 'sightline-bench-'));
  const parallel = availableParallelism() + 1;
  const resident = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
  try {
    const paths = await writeFiles(dir, options);
    const archive = archiveOf(paths, options);
    const times = { alone: [] as number[], prepared: [] as number[] };
    const memory: number[] = [];
    const step = run.progress.start('timing', rounds);
    for (let round = 0; round < rounds; round++) {
      times.alone.push(await seconds(() => alone(archive, size, parallel)));
      times.prepared.push(
        await seconds(async () => {
          const out = join(dir, `set${round}`);
          const decode = () => Promise.reject(unsupported('the benchmark has pictures only'));
          await prepare(archive, { task: 'presence', image: { size }, decode, parallel }, out, run);
          await rm(out, { recursive: true });
        }),
      );
      memory.push(resident());
      step.advance();
    }
    step.done();
    const [sharpAlone, prepared] = [images / Math.min(...times.alone), images / Math.min(...times.prepared)];
    return {
      images,
      sharpAlone,
      prepared,
      ratio: prepared / sharpAlone,
      memory: [memory[0]!, memory.at(-1)!],
      parallel,
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function alone({ records }: Archive, size: number, parallel: number): Promise<void> {
  await pooled(records, parallel, async ({ path }) => {
    await sharp(path).resize(size, size, { fit: 'fill' }).toColourspace('b-w').raw().toBuffer();
  });
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

function archiveOf(paths: readonly string[], { images, side }: OptionValues<typeof benchOptions>): Archive {
  const records = Array.from({ length: images }, (_, i) => ({
    id: `i${i}`,
    patient: `p${i}`,
    path: paths[i % paths.length]!,
    boxes:
      i % 2 === 0 ? [] : [{ label: 'spot', x: side / 4, y: side / 4, width: side / 3, height: side / 5 }],
    regions: [],
  }));
  return { name: 'bench', findings: ['spot'], records, problems: [] };
}

/** Writes test images: grey waves with noise, which compress like radiographs. */
async function writeFiles(
  dir: string,
  { files, side, format }: OptionValues<typeof benchOptions>,
): Promise<readonly string[]> {
  const paths = Array.from({ length: files }, (_, i) =>
    join(dir, `${i}.${format === 'png' ? 'png' : 'jpg'}`),
  );
  for (const [index, path] of paths.entries()) {
    const random = seededRandom(index);
    const grain = Uint8Array.from({ length: 4099 }, () => random.below(16));
    const values = new Uint8Array(side * side);
    for (let i = 0; i < values.length; i++) {
      const [x, y] = [i % side, Math.floor(i / side)];
      values[i] = 120 + 60 * Math.sin(x / (30 + index)) + 50 * Math.cos(y / 41) + grain[(i * 7) % 4099]!;
    }
    const picture = sharp(values, { raw: { width: side, height: side, channels: 1 } });
    await (format === 'png' ? picture.png() : picture.jpeg({ quality: 90 })).toFile(path);
  }
  return paths;
}
