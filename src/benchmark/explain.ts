import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attribute } from '../attribution/attribute.js';
import { methods } from '../attribution/index.js';
import { atInputSize } from '../attribution/input-size.js';
import type { Method } from '../attribution/method.js';
import { SightlineError } from '../base/errors.js';
import { sha256 } from '../base/files.js';
import type { RunContext } from '../base/run.js';
import type { Sample } from '../data/sample.js';
import type { Classifier } from '../model/classifier.js';
import { modelInput } from '../model/input.js';
import { readNpy, writeNpy } from '../tensor/npy.js';
import { concatenate, type Tensor, toFloat32 } from '../tensor/tensor.js';
import type { MethodRow } from './rows.js';
import type { Store } from './store.js';

/** What is explained: annotated test images, each with the class that its annotation shows. */
export interface Cases {
  readonly samples: readonly Sample[];
  readonly targets: readonly number[];
  /** As the model takes them, `[N, ...]`. */
  readonly input: Tensor;
  /** Training images, for methods that compare with them. */
  readonly background: Tensor;
}

/** Why a method says nothing about this model. */
export interface Skipped {
  readonly method: string;
  readonly skipped: string;
}

/** Explains all cases by one method and keeps its maps `[N, 1, H, W]`; a method that does not apply says why. */
export async function explainCases(
  name: string,
  model: Classifier,
  cases: Cases,
  settings: { readonly seed: number; readonly samples: number },
  store: Store,
  run: RunContext,
): Promise<MethodRow | Skipped> {
  return store.once(`explain-${name}`, async () => {
    const method = methods[name]!;
    const given = optionsFor(method, cases, settings.samples);
    const begun = performance.now();
    try {
      const { map, evaluations, residual, made } = await attribute(
        model,
        name,
        cases.input,
        cases.targets,
        given,
        { seed: settings.seed, run },
      );
      const seconds = (performance.now() - begun) / 1000;
      const file = mapFile(store.dir, name);
      await writeNpy(file, atInputSize(map, model));
      return {
        method: name,
        family: method.family,
        options: Object.fromEntries(Object.entries(made.options).map(([key, value]) => [key, told(value)])),
        seconds,
        ...evaluations,
        ...(residual && { residual: residual.reduce((sum, r) => sum + Math.abs(r), 0) / residual.length }),
        sha256: sha256(await readFile(file)),
      };
    } catch (error) {
      if (error instanceof SightlineError && (error.kind === 'unsupported' || error.kind === 'usage')) {
        return { method: name, skipped: error.message };
      }
      throw error;
    }
  });
}

/** A method's maps `[N, 1, H, W]` in a run's folder. */
export const readMaps = async (dir: string, method: string): Promise<Tensor> =>
  toFloat32(await readNpy(mapFile(dir, method)));

/** The cases as one batch for the model. */
export const batchOf = (model: Classifier, samples: readonly Sample[]): Tensor =>
  concatenate(samples.map(({ image }) => modelInput(model, image)));

const mapFile = (dir: string, method: string) => join(dir, 'maps', `${method}.npy`);

function optionsFor({ options }: Method, { background }: Cases, samples: number) {
  return {
    ...('samples' in options && { samples }),
    ...('masks' in options && { masks: samples }),
    ...('baselines' in options && { baselines: background }),
  };
}

const told = (value: unknown) =>
  typeof value === 'object' && value !== null && 'shape' in value ? `array [${value.shape}]` : value;
