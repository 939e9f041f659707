import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import { contrastive } from './contrastive.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const [rows, length] = [8, 5];
const random = seededRandom('contrastive');
const embedding = Array.from({ length: rows * length }, () => 3 * random.normal());
/** Two views of the last image only fill the batch. */
const weights = [0.1, 0.1, 0.2, 0.2, 0.2, 0.2, 0, 0];

async function lossOf(z: readonly number[]) {
  const builder = startGraph('contrastive');
  const made = contrastive('z').emit(builder, {
    logits: '',
    targets: '',
    weights: 'w',
    begun: '',
    classes: 2,
  });
  const graph = builder.finish(
    [
      { name: 'z', type: 'float32', shape: ['N', length] },
      { name: 'w', type: 'float32', shape: ['N', 1] },
    ],
    [made.loss, made.seeds.z!].map((name) => ({ name, type: 'float32' as const })),
  );
  const program = await engine.compile(graph);
  const found = await program.run({
    z: float32(Float32Array.from(z), [rows, length]),
    w: float32(Float32Array.from(weights), [rows, 1]),
  });
  await program.dispose();
  const values = (name: string) => Array.from(found[name]!.data as Float32Array);
  return { loss: values(made.loss)[0]!, slopes: values(made.seeds.z!) };
}

/** The loss as the paper states it, one pair after another. */
function literal(z: readonly number[]): number {
  const row = (i: number) => z.slice(i * length, (i + 1) * length);
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, k) => sum + v * b[k]!, 0);
  const cosine = (i: number, j: number) =>
    dot(row(i), row(j)) / Math.sqrt(dot(row(i), row(i)) * dot(row(j), row(j)));
  const seen = weights.flatMap((weight, i) => (weight > 0 ? [i] : []));
  const terms = seen.map((i) => {
    const partner = i % 2 === 0 ? i + 1 : i - 1;
    const others = seen.filter((j) => j !== i).map((j) => Math.exp(cosine(i, j) / 0.5));
    const share = Math.exp(cosine(i, partner) / 0.5) / others.reduce((a, b) => a + b);
    return -weights[i]! * Math.log(share);
  });
  return terms.reduce((a, b) => a + b);
}

it('is the cross-entropy of telling the other view of an image', async () => {
  expect((await lossOf(embedding)).loss).toBeCloseTo(literal(embedding), 5);
});

it('has the slopes of finite differences', async () => {
  const { slopes } = await lossOf(embedding);
  const step = 1e-5;
  const moved = (at: number, by: number) => literal(embedding.map((v, i) => (i === at ? v + by : v)));
  for (const [at, slope] of slopes.entries())
    expect(slope).toBeCloseTo((moved(at, step) - moved(at, -step)) / (2 * step), 5);
});
