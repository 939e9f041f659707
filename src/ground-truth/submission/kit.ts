import { join } from 'node:path';
import { z } from 'zod/mini';
import { methodOf } from '../../attribution/index.js';
import { hashOfFile, readBytes, writeWhole } from '../../base/files.js';
import { maximumJson, parseJson } from '../../base/json.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { batchOf, chooseCases } from '../../benchmark/cases.js';
import { mapFile } from '../../benchmark/explain.js';
import { versions } from '../../benchmark/manifest.js';
import { loadOfTask } from '../../benchmark/task-model.js';
import { openPrepared } from '../../data/prepare/index.js';
import type { Engine } from '../../engine/engine.js';
import { type Role, roles } from '../../synthetic/problem/problem.js';
import { readNpy, writeNpy } from '../../tensor/npy.js';
import { writeNpz } from '../../tensor/npz.js';
import { type Tensor, toFloat32 } from '../../tensor/tensor.js';
import { preparedOf, type ScenarioResult, type SuiteSettings, suiteCases } from '../run.js';
import {
  nameOfTask,
  type SubmissionScore,
  type SubmissionTask,
  taskSchema,
  writeSubmission,
} from './format.js';
import { type Known, knownOf, recordsOf } from './known.js';
import { scoresOf } from './scores.js';

const kitFile = 'kit.json';
const kitSchema = z.object({
  format: z.literal('sightline-kit'),
  version: z.literal(1),
  suite: z.string(),
  tasks: z.array(taskSchema),
});

/** A suite whose problems are handed to other programs. */
export interface KitRequest {
  readonly suite: string;
  readonly results: readonly ScenarioResult[];
  readonly settings: Pick<SuiteSettings, 'explain' | 'precision'>;
  /** Whether the known pixels are kept back. */
  readonly withoutMasks: boolean;
  /** The folder of the drawn problems. */
  readonly drawn: string;
}

interface KitTask {
  readonly task: SubmissionTask;
  readonly folder: string;
  readonly known: Known;
}

/**
 * Writes what another program needs to enter a method to the folder `out`: `kit.json` with the tasks, and for
 * each `PROBLEM/model-K/` with `model.onnx`, `x.npy` (the model's inputs), `targets.npy`, `data.npy`
 * (training inputs) and, unless they are kept back, `masks.npz`; and the suite's own results as
 * `submissions/METHOD.npz`. Returns the number of tasks.
 */
export async function writeKit(
  out: string,
  { suite, results, settings, withoutMasks, drawn }: KitRequest,
  engine: Engine,
  run: RunContext,
): Promise<number> {
  const tasks: KitTask[] = [];
  for (const { scenario, folders } of results) {
    const records = await recordsOf(scenario, drawn, run);
    for (const [k, folder] of folders.entries()) {
      await checkpoint(run);
      const prepared = await openPrepared(preparedOf(folder));
      const path = join(folder, 'model.onnx');
      const model = await loadOfTask(path, prepared, { engine, precision: settings.precision });
      const { cases } = await chooseCases(prepared, model, { explain: settings.explain, ...suiteCases }, run);
      const images = cases.samples.map(({ id }) => id);
      const known = await knownOf(records, images, scenario.name);
      const task: SubmissionTask = {
        ...{ problem: scenario.name, model: k, modelSha256: (await hashOfFile(path))!, images },
        ...{ imagesSha256: known.imagesSha256, targets: [...cases.targets] },
      };
      tasks.push({ task, folder, known });
      const to = join(out, nameOfTask(task));
      await writeWhole(join(to, 'model.onnx'), await readBytes(path));
      await writeNpy(join(to, 'x.npy'), batchOf(model, cases.samples));
      await writeNpy(join(to, 'targets.npy'), {
        data: Int32Array.from(task.targets),
        shape: [task.targets.length],
      });
      await writeNpy(join(to, 'data.npy'), cases.data);
      if (!withoutMasks) await writeNpz(join(to, 'masks.npz'), masksOfRoles(known));
    }
  }
  const kit = { format: 'sightline-kit', version: 1, suite, tasks: tasks.map(({ task }) => task) };
  await writeWhole(join(out, kitFile), `${JSON.stringify(kit, null, 1)}\n`);
  await writeOwn(out, suite, results, tasks, run);
  return tasks.length;
}

/** Reads the tasks of a kit. */
export async function readKit(folder: string): Promise<readonly SubmissionTask[]> {
  const path = join(folder, kitFile);
  return parseJson((await readBytes(path, maximumJson)).toString('utf8'), kitSchema, path).tasks;
}

/** Masks `[N, H, W]` of the roles that an image has. */
function masksOfRoles({ masks, height, width }: Known): Record<string, Tensor<Uint8Array>> {
  const size = height * width;
  const ofRole = (role: Role): Tensor<Uint8Array> => {
    const data = new Uint8Array(masks.length * size);
    for (const [i, { [role]: mask }] of masks.entries()) data.set(mask ?? [], i * size);
    return { data, shape: [masks.length, height, width] };
  };
  const present = roles.filter((role) => masks.some((own) => own[role] !== undefined));
  return Object.fromEntries(present.map((role) => [role, ofRole(role)]));
}

/** Writes the maps of the methods that ran on every task as submissions. */
async function writeOwn(
  out: string,
  suite: string,
  results: readonly ScenarioResult[],
  tasks: readonly KitTask[],
  run: RunContext,
): Promise<void> {
  const ran = results.flatMap(({ models }) =>
    models.map(({ methods }) => methods.map(({ method }) => method)),
  );
  const names = (ran[0] ?? []).filter((name) => ran.every((own) => own.includes(name)));
  const step = run.progress.start('writing submissions', names.length);
  for (const name of names) {
    const maps = new Map<string, Tensor>();
    const scores: SubmissionScore[] = [];
    for (const { task, folder, known } of tasks) {
      await checkpoint(run);
      const { data, shape } = toFloat32(await readNpy(mapFile(folder, name)));
      const plane = { data, shape: [shape[0]!, ...shape.slice(-2)] };
      maps.set(nameOfTask(task), plane);
      const computed = await scoresOf(task, plane, known.masks, run);
      scores.push(...computed.map(({ images: _, ...score }) => score));
    }
    const { paper } = methodOf(name);
    const about = {
      ...({ format: 'sightline-submission', version: 1, suite } as const),
      method: {
        name,
        version: `sightline ${versions().sightline}`,
        paper: paper ? `${paper.authors} (${paper.year}). ${paper.title}. ${paper.id}` : '',
        options: await optionsIn(tasks[0]!.folder, name),
      },
      tasks: tasks.map(({ task }) => task),
      scores,
    };
    await writeSubmission(join(out, 'submissions', `${name}.npz`), about, maps);
    step.advance(1, name);
  }
  step.done();
}

const manifestSchema = z.object({
  methods: z.array(z.object({ method: z.string(), options: z.record(z.string(), z.unknown()) })),
});

/** The options of a method in a run, other than scalar ones in words. */
async function optionsIn(folder: string, method: string) {
  const path = join(folder, 'manifest.json');
  const { methods } = parseJson((await readBytes(path, maximumJson)).toString('utf8'), manifestSchema, path);
  const options = methods.find((one) => one.method === method)?.options ?? {};
  const scalar = (value: unknown) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? value
      : JSON.stringify(value ?? null);
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key, scalar(value)]));
}
