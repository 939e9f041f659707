import { afterAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../engine/engine.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { tensorflow } from '../../engine/tensorflow.js';
import { startGraph } from '../../graph/builder.js';
import { numbers } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { inDouble } from '../../model/double/index.js';
import { inHalf } from '../../model/half.js';
import { normalCdf } from '../../statistics/distributions.js';
import { keyShape, noiseKeys, noiseNodes, noisesOf } from './noise.js';

const [cpu, other] = [onnxRuntime('cpu', 1), tensorflow()];
afterAll(() => Promise.all([cpu.dispose(), other.dispose()]));

function noiseGraph(size: number): Graph {
  const b = startGraph('noise');
  b.alias(noiseNodes(b, 'keys', size), 'noise');
  return b.finish(
    [{ name: 'keys', type: 'int32', shape: ['draws', ...keyShape] }],
    [{ name: 'noise', type: 'float32' }],
  );
}

/** The differences of an engine's noise from that of plain arithmetic, over three draws. */
async function differences(engine: Engine, graph: Graph, size: number): Promise<number[]> {
  const [keys, draws] = [noiseKeys(3, 3), 3];
  const program = await engine.compile(graph);
  const { noise } = await program.run({ keys: { type: 'int32', data: keys, shape: [draws, ...keyShape] } });
  expect(noise!.shape).toEqual([draws, size]);
  const want = Array.from({ length: draws }, (_, draw) => [...noisesOf(keys, size)(draw)]).flat();
  return numbers(noise!).map((value, i) => Math.abs(value - want[i]!));
}

const rms = (values: readonly number[]) => Math.hypot(...values) / Math.sqrt(values.length);

describe('noise that a program makes', () => {
  it.each([1, 7, 192, 3 * 40 * 40])('is that of plain arithmetic: %i values', async (size) => {
    const graph = noiseGraph(size);
    expect(rms(await differences(cpu, graph, size))).toBeLessThan(1e-6);
    expect(rms(await differences(cpu, inDouble(graph)!, size))).toBeLessThan(3e-7);
    expect(rms(await differences(other, graph, size))).toBeLessThan(1e-6);
    // Without integers in float16, which is exact up to 2048 only, the noises would have nothing in common.
    expect(rms(await differences(cpu, inHalf(graph), size))).toBeLessThan(2e-2);
  });
});

describe('noise is independent and normal', () => {
  const [draws, size] = [8, 1 << 17];
  const keys = noiseKeys(0, draws);
  const noises = Array.from({ length: draws }, (_, draw) => noisesOf(keys, size)(draw));
  const count = draws * size;
  /** A sum over all values in standard errors, given the term's mean and variance. */
  const score = (term: (x: number) => number, mean: number, variance: number) => {
    let sum = 0;
    for (const noise of noises) for (const x of noise) sum += term(x) - mean;
    return Math.abs(sum) / Math.sqrt(variance * count);
  };
  /** The correlation of two arrays, or of their squares, in standard errors. */
  const related = (a: Float32Array, b: Float32Array) => {
    let [sum, squares] = [0, 0];
    for (const [i, x] of a.entries()) {
      sum += x * b[i]!;
      squares += (x ** 2 - 1) * (b[i]! ** 2 - 1);
    }
    return Math.max(Math.abs(sum), Math.abs(squares) / 2) / Math.sqrt(a.length);
  };

  it('has the moments of a normal distribution', () => {
    expect(score((x) => x, 0, 1)).toBeLessThan(4);
    expect(score((x) => x ** 2, 1, 2)).toBeLessThan(4);
    expect(score((x) => x ** 3, 0, 15)).toBeLessThan(4);
    expect(score((x) => x ** 4, 3, 96)).toBeLessThan(4);
  });

  it('has its distribution (Kolmogorov and Smirnov)', () => {
    const all = new Float32Array(count);
    for (const [draw, noise] of noises.entries()) all.set(noise, draw * size);
    all.sort();
    let most = 0;
    for (let i = 0; i < count; i += 16)
      most = Math.max(most, Math.abs(normalCdf(all[i]!) - (i + 0.5) / count));
    expect(most * Math.sqrt(count)).toBeLessThan(1.95); // p = 0.001
  });

  it.each([1, 2, 224, 362, 363, 448, size / 2])('does not relate values %i apart', (lag) => {
    for (const noise of noises)
      expect(related(noise.subarray(0, size - lag), noise.subarray(lag))).toBeLessThan(5);
  });

  it('does not relate draws, seeds, or the rows of a draw', () => {
    for (const [i, a] of noises.entries())
      for (const b of noises.slice(i + 1)) expect(related(a, b)).toBeLessThan(5);
    for (let seed = 1; seed <= 10; seed++)
      expect(related(noisesOf(noiseKeys(seed, 1), size)(0), noises[0]!)).toBeLessThan(5);
    const row = (i: number) => noises[0]!.subarray(i * 364, (i + 1) * 364);
    for (let i = 0; i < 180; i++) for (let j = 0; j < i; j++) expect(related(row(i), row(j))).toBeLessThan(9);
  });

  it('does not repeat in 10^5 draws, and more draws leave the first as they are', () => {
    const all = noiseKeys(5, 100_000);
    const seen = new Set(Array.from({ length: 100_000 }, (_, i) => all.subarray(8 * i, 8 * i + 8).join()));
    expect(seen.size).toBe(100_000);
    expect(noiseKeys(5, 3)).toEqual(all.slice(0, 24));
  });
});
