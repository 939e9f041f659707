import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import type { Classifier } from '../../model/classifier.js';
import { loadClassifier } from '../../model/load.js';
import { readNpy } from '../../tensor/npy.js';
import { reduceChannels } from '../../tensor/reduce.js';
import { type Tensor, toFloat32 } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import type { Scored } from '../metric.js';
import { scoreMap } from '../score.js';

interface Reference {
  readonly metric: string;
  readonly library: string;
  readonly value: { readonly curve: readonly number[]; readonly auc: number };
}

const golden = (...path: string[]) => sharedPath('golden', ...path);
const array = async (...path: string[]): Promise<Tensor> => toFloat32(await readNpy(golden(...path)));

describe.skipIf(!sharedIsThere)('deletion and insertion beside the RISE evaluation code', () => {
  const rows: string[] = [];
  const references: readonly Reference[] = sharedIsThere
    ? JSON.parse(readFileSync(golden('manifest.json'), 'utf8')).metrics.filter(({ library }: Reference) =>
        library.startsWith('RISE'),
      )
    : [];
  let model: Classifier;
  let scored: Scored;
  beforeAll(async () => {
    model = await loadClassifier(golden('resnet18t', 'model_bn.onnx'));
    const map = reduceChannels(await array('resnet18t', 'attr', 'ig_gausslegendre32.npy'));
    scored = {
      map: { data: map.data, shape: map.shape.slice(2) },
      model,
      input: await array('resnet18t', 'x.npy'),
      target: 1,
      seed: 0,
      run: quietly,
    };
  });
  afterAll(async () => {
    await model?.engine.dispose();
    console.log(rows.join('\n'));
  });

  it.each(references.map((reference) => [reference.metric, reference] as const))(
    '%s',
    async (name, { value, library }) => {
      const score = await scoreMap(name, scored, { pixels: 64, baseline: 'zero' });
      const gaps = value.curve.map((y, i) => Math.abs(y - score.curve!.y[i]!));
      rows.push(
        `${name} | ${library} | area ${Math.abs(score.value - value.auc).toExponential(1)}, curve ${Math.max(...gaps).toExponential(1)}`,
      );
      expect(score.curve!.y.length).toBe(value.curve.length);
      expect(Math.max(...gaps)).toBeLessThan(1e-4);
      expect(score.value).toBeCloseTo(value.auc, 5);
    },
  );
});
