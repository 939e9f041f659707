import { readFile } from 'node:fs/promises';
import type { Engine } from '../../engine/engine.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { names } from '../../model/training/step.js';
import { readNpy } from '../../tensor/npy.js';
import { type Tensor, toFloat32 } from '../../tensor/tensor.js';
import { sharedPath } from '../shared.js';

/** A path in the reference data of prototype networks. */
export const goldenPath = (path: string) => sharedPath('golden', 'prototypes', ...path.split('/'));

/** A reference array by its path without `.npy`. */
export const goldenArray = async (path: string): Promise<Tensor> =>
  toFloat32(await readNpy(goldenPath(`${path}.npy`)));

export const goldenInts = async (path: string): Promise<number[]> =>
  Array.from((await goldenArray(path)).data);

interface Manifest {
  readonly values: readonly { readonly name: string; readonly value: unknown }[];
  readonly arrays: readonly { file: string; float32_vs_float64?: { rel_l2: number } }[];
}

const manifest = async (): Promise<Manifest> =>
  JSON.parse(await readFile(goldenPath('manifest.json'), 'utf8')) as Manifest;

/** A value of the manifest by its name. */
export async function goldenValue<T>(name: string): Promise<T> {
  return (await manifest()).values.find((one) => one.name === name)!.value as T;
}

/** How far from a reference array counts as a match: 1e-4, or 20 times the published code's own noise. */
export async function goldenTolerance(path: string): Promise<number> {
  const entry = (await manifest()).arrays.find(({ file }) => file === `${path}.npy`)!;
  return Math.max(1e-4, 20 * (entry.float32_vs_float64?.rel_l2 ?? 0));
}

/** The relative L2 distance of two arrays, infinite where their sizes differ. */
export function apart(found: Tensor, want: Tensor): number {
  if (found.data.length !== want.data.length) return Number.POSITIVE_INFINITY;
  let [gap, size] = [0, 0];
  for (const [i, value] of want.data.entries()) {
    gap += (found.data[i]! - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(gap / size);
}

/** Values of a graph for images `[N, ...]`. */
export async function goldenRun(graph: Graph, engine: Engine, images: Tensor, outputs: readonly string[]) {
  const program = await engine.compile({
    ...graph,
    outputs: outputs.map((name) => ({ name, type: 'float32' })),
  });
  const found = await program.run({ [graph.inputs[0]!.name]: float32(images.data, images.shape) });
  await program.dispose();
  return outputs.map((name) => found[name] as Tensor);
}

/** What a training step reads beside the images: one class for each, all of equal weight. */
export const classFeeds = (labels: readonly number[], classes: number) => ({
  [names.targets]: float32(
    labels.flatMap((own) => Array.from({ length: classes }, (_, k) => Number(k === own))),
    [labels.length, classes],
  ),
  [names.weights]: float32(
    labels.map(() => 1 / labels.length),
    [labels.length, 1],
  ),
});
