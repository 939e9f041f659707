import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { loadClassifier } from '../../model/load.js';
import { readNpy } from '../../tensor/npy.js';
import { type Tensor, toFloat32 } from '../../tensor/tensor.js';
import { relative } from '../relative.js';
import { sharedIsThere, sharedPath } from '../shared.js';
import { type Reference, references } from './references.js';

interface Manifest {
  readonly models: Record<string, { targets: number[]; onnx: { file: string }[]; layers: Layers }>;
  readonly attributions: readonly {
    readonly model: string;
    readonly method: string;
    readonly file: string;
    readonly layer?: string;
    readonly params: Record<string, unknown>;
    readonly aux?: Record<string, string>;
    readonly float32_vs_float64?: { rel_l2: number };
  }[];
}
type Layers = Record<string, { onnx_tensor: Record<string, string> }>;

const golden = (...parts: string[]) => sharedPath('golden', ...parts);
const array = async (...parts: string[]) => toFloat32(await readNpy(golden(...parts)));
const engine = onnxRuntime();
const table: string[][] = [];
afterAll(async () => {
  await engine.dispose();
  const heads = ['model', 'reference', 'relative error', 'verdict'];
  console.log([heads, ...table].map((row) => row.join(' | ')).join('\n'));
});

/**
 * Every reference attribution on every export of its model: `relative L2 <= 1e-4`, or 20 times the peer's own
 * noise.
 */
describe.skipIf(!sharedIsThere)('reference attributions', () => {
  // What is skipped is collected all the same.
  const manifest: Manifest = sharedIsThere
    ? JSON.parse(readFileSync(golden('manifest.json'), 'utf8'))
    : { models: {}, attributions: [] };
  const models = new Map<string, ReturnType<typeof loadClassifier>>();
  const modelOf = (path: string) => {
    const found = models.get(path) ?? loadClassifier(golden(path), { engine });
    models.set(path, found);
    return found;
  };
  it('are each made, or said why not', () => {
    const names = new Set(manifest.attributions.map(({ method }) => method.split('@')[0]!));
    expect([...names].filter((name) => !(name in references))).toEqual([]);
  });
  for (const wanted of manifest.attributions) {
    const name = wanted.method.split('@')[0]!;
    const reference = references[name];
    const { onnx, targets, layers } = manifest.models[wanted.model]!;
    const tolerance = Math.max(1e-4, 20 * (wanted.float32_vs_float64?.rel_l2 ?? 0));
    if (reference === undefined || 'not' in reference) {
      table.push([wanted.model, wanted.method, '', `not made: ${reference?.not}`]);
      continue;
    }
    for (const variant of reference.method === 'lrp' ? ['sightline', 'zennit'] : ['']) {
      for (const { file } of onnx) {
        it(`${wanted.model} ${wanted.method} (${[file, variant].join(' ').trim()})`, async () => {
          const model = await modelOf(file);
          const options = await optionsOf(reference, wanted, layers, file);
          const input = await array(wanted.model, 'x.npy');
          const { map } = await attribute(model, reference.method, input, targets, {
            ...options,
            ...(variant && { variant }),
          });
          const want = await array(wanted.file);
          const got = reference.into ? reference.into(map, want) : map;
          expect(got.data.length).toBe(want.data.length);
          const error = relative((reference.upToSign ? aligned(got, want) : got).data, want.data);
          const wrong = reference.wrongOn?.models.includes(wanted.model) ? reference.wrongOn.why : undefined;
          const verdict = wrong ? `not copied: ${wrong}` : error <= tolerance ? 'matched' : 'NOT matched';
          table.push([file, `${wanted.method} ${variant}`.trim(), error.toExponential(1), verdict]);
          if (wrong) expect(error).toBeGreaterThan(tolerance);
          else expect(error).toBeLessThanOrEqual(tolerance);
        });
      }
    }
  }
});

async function optionsOf(
  reference: Exclude<Reference, { not: string }>,
  wanted: Manifest['attributions'][number],
  layers: Layers,
  file: string,
) {
  const layer = wanted.layer && { layer: layers[wanted.layer]!.onnx_tensor[file.split('/')[1]!] };
  const arrays = await Promise.all(
    Object.entries(reference.arrays ?? {}).map(async ([option, path]) => [
      option,
      await array(wanted.model, path),
    ]),
  );
  const params = Object.entries(reference.params ?? {}).map(([option, key]) => [option, wanted.params[key]]);
  return { ...reference.options, ...layer, ...Object.fromEntries([...arrays, ...params]) };
}

/** Each sample with the sign that its reference has: a singular vector's is arbitrary. */
function aligned(got: Tensor, want: Tensor): Tensor {
  const count = want.shape[0]!;
  const data = got.data.slice();
  const size = data.length / count;
  for (let row = 0; row < count; row++) {
    let agreement = 0;
    for (let i = row * size; i < (row + 1) * size; i++) agreement += data[i]! * want.data[i]!;
    if (agreement < 0) for (let i = row * size; i < (row + 1) * size; i++) data[i]! *= -1;
  }
  return { data, shape: got.shape };
}
