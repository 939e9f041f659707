import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod/mini';
import { makeFolder, readBytes, sha256, writeWhole } from '../../base/files.js';
import { maximumJson, numbers, parseJson } from '../../base/json.js';
import { pooled } from '../../base/pool.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { runsOf } from '../../data/geometry/runs.js';
import type { Archive, ImageRecord } from '../../data/record.js';
import { type Problem, type Role, type RoleMasks, roles } from './problem.js';

/** The file that describes a stored problem; it is written last. */
export const problemFile = 'problem.json';

const schema = z.object({
  format: z.literal('sightline-problem'),
  version: z.literal(1),
  height: z.int(),
  width: z.int(),
  classes: z.array(z.string()),
  /** The image value that 16-bit white stands for; black stands for its negative. */
  scale: z.number(),
  masks: z.array(z.object({ role: z.enum(roles), runs: numbers() })),
  images: z.array(
    z.object({
      file: z.string(),
      label: z.int(),
      split: z.enum(['train', 'validation', 'test']),
      masks: z.array(z.int()),
      pair: z.optional(z.string()),
      patient: z.optional(z.string()),
      attributes: z.optional(z.record(z.string(), z.union([z.string(), z.number()]))),
    }),
  ),
});
type Stored = z.infer<typeof schema>;

/**
 * Writes the images of a problem as 16-bit graymaps (PGM), scaled together so that the greatest magnitude of
 * the set is white (or, where it is negative, black) and 0 is the middle grey, with `problem.json`: classes,
 * splits and, for each image, the pixels of each role.
 */
export async function writeProblem(dir: string, problem: Problem, run: RunContext): Promise<void> {
  const { height, width, classes, images } = problem;
  await makeFolder(join(dir, 'images'));
  const scale = problem.greatest ?? (await greatestMagnitude(problem, run));
  const masks = distinctMasks();
  const stored: Stored['images'] = [];
  const step = run.progress.start('drawing images', images);
  await pooled([...Array(images).keys()], availableParallelism(), async (index) => {
    const { image, masks: own, ...about } = problem.draw(index);
    const file = `images/${String(index).padStart(6, '0')}.pgm`;
    stored[index] = { file, ...about, masks: masks.indices(own) };
    if (index % 16 === 0) await checkpoint(run);
    await writeWhole(join(dir, file), graymapOf(image, scale, height, width));
    step.advance();
  });
  step.done();
  const whole = { format: 'sightline-problem', version: 1, height, width, classes, scale } as const;
  const content: Stored = { ...whole, classes: [...classes], masks: [...masks.all], images: stored };
  await writeWhole(join(dir, problemFile), JSON.stringify(content));
}

/** Reads a stored problem: an archive whose findings are the roles and whose classes are an attribute. */
export async function readProblem(dir: string, name: string): Promise<Archive> {
  const path = join(dir, problemFile);
  const text = (await readBytes(path, maximumJson)).toString('utf8');
  const { height, width, classes, masks, images } = parseJson(
    text,
    schema,
    path,
    'expected a stored problem',
  );
  const records = images.map(({ file, label, split, masks: own, pair, ...said }, i): ImageRecord => {
    const id = String(i).padStart(6, '0');
    return {
      ...{ id, patient: said.patient ?? pair ?? id, path: join(dir, file), width, height, split, boxes: [] },
      regions: own.map((mask) => {
        const { role, runs } = masks[mask]!;
        return { kind: 'runs', label: role, runs, order: 'rows' };
      }),
      attributes: { class: classes[label]!, ...(pair !== undefined && { pair }), ...said.attributes },
    };
  });
  const findings = roles.filter((role) => masks.some((mask) => mask.role === role));
  return { name, findings, records, problems: [], splitBy: 'official' };
}

/** The greatest magnitude of all images of a problem. */
export async function greatestMagnitude(
  { images, draw }: Pick<Problem, 'images' | 'draw'>,
  run: RunContext,
): Promise<number> {
  let greatest = 0;
  const step = run.progress.start('measuring images', images);
  for (let index = 0; index < images; index++) {
    if (index % 16 === 0) await checkpoint(run);
    for (const value of draw(index).image) if (Math.abs(value) > greatest) greatest = Math.abs(value);
    step.advance();
  }
  step.done();
  return greatest || 1;
}

/** A binary graymap of 16 bits: the file says what white is, so that no reader stretches single images. */
function graymapOf(image: Float32Array, scale: number, height: number, width: number): Buffer {
  const pixels = Buffer.alloc(2 * image.length);
  for (let i = 0; i < image.length; i++)
    pixels.writeUInt16BE(Math.round((image[i]! / scale + 1) * 32767.5), 2 * i);
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n65535\n`), pixels]);
}

/** Collects masks; equal ones are kept once. */
function distinctMasks() {
  const all: { readonly role: Role; readonly runs: readonly number[] }[] = [];
  const known = new Map<string, number>();
  const indexOf = (role: Role, mask: Uint8Array) => {
    const key = `${role} ${sha256(mask)}`;
    const index = known.get(key) ?? all.push({ role, runs: runsOf(mask) }) - 1;
    known.set(key, index);
    return index;
  };
  const indices = (masks: RoleMasks) =>
    roles.flatMap((role) => (masks[role]?.includes(1) ? [indexOf(role, masks[role])] : []));
  return { all, indices };
}
