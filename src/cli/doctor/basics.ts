import { availableParallelism, freemem, totalmem } from 'node:os';
import sharp from 'sharp';
import { messageOf } from '../../base/errors.js';

/** One result of the doctor. */
export interface Finding {
  readonly what: string;
  /** Purpose. Nothing works without `basics`. */
  readonly use: string;
  readonly basic: boolean;
  readonly works: boolean;
  /** The result, in one line. */
  readonly found: string;
  /** How to fix it. */
  readonly advice?: string;
}

const OLDEST = [20, 19] as const;

export async function node(): Promise<Finding> {
  const { node: version } = process.versions;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const works = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  return {
    what: 'Node',
    use: 'runs Sightline',
    basic: true,
    works,
    found: `${version}, ${process.platform} ${process.arch}`,
    ...(!works && { advice: `install Node ${OLDEST.join('.')} or newer` }),
  };
}

const LEAST_GIB = 2;

export async function machine(): Promise<Finding> {
  const gib = (bytes: number) => bytes / 2 ** 30;
  const limit = process.constrainedMemory() ?? 0;
  const total = gib(limit > 0 ? Math.min(limit, totalmem()) : totalmem());
  const cores = availableParallelism();
  const works = total >= LEAST_GIB;
  return {
    what: 'machine',
    use: 'computes',
    basic: false,
    works,
    found: `${cores} ${cores === 1 ? 'core' : 'cores'}, ${total.toFixed(1)} GiB memory, ${gib(freemem()).toFixed(1)} GiB free`,
    ...(!works && { advice: `less than ${LEAST_GIB} GiB is tight: keep images small and --batch low` }),
  };
}

export async function images(): Promise<Finding> {
  const about = { what: 'images', use: 'reads PNG, JPEG and TIFF (sharp)', basic: true };
  try {
    const png = await sharp(Uint8Array.of(7, 250), { raw: { width: 2, height: 1, channels: 1 } })
      .png()
      .toBuffer();
    const back = await sharp(png).raw().toBuffer();
    const works = back[0] === 7;
    return { ...about, works, found: `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}` };
  } catch (error) {
    return {
      ...about,
      works: false,
      found: messageOf(error),
      advice: 'run npm ci on this machine: sharp comes as a binary for each platform',
    };
  }
}
