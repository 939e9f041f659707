import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const inSquare = (i: number, top: number, left: number) =>
  Math.floor(i / 64) === top / 4 && Math.floor((i % 16) / 4) === left / 4;

/** Of 1x16x16 images: how bright a square of 4x4 pixels is, and how dark; `size` scales both. */
function squareModel(top: number, left: number, size: number) {
  const b = startGraph('square');
  const kernel = b.constant(float32([1], [1, 1, 1, 1]), 'kernel');
  const flat = b.emit('Flatten', [b.emit('Conv', ['x', kernel])]);
  const weights = Float32Array.from({ length: 512 }, (_, i) =>
    inSquare(i >> 1, top, left) ? (i % 2 === 0 ? size : -size) : 0,
  );
  b.emit('Gemm', [flat, b.constant(float32(weights, [256, 2]), 'weights')], {}, 'logits');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', ['N', 1, 16, 16])], [value('logits', ['N', 2])]);
}

describe('extremal perturbation', () => {
  const input = { data: new Float32Array(256).fill(1), shape: [1, 1, 16, 16] };

  it.each([
    [0, 8, 4],
    [12, 12, 4],
    [8, 0, 1000],
    [4, 4, 0.01],
  ])('keeps what raises the output: a square at %d, %d of weight %d', async (top, left, size) => {
    const model = await classifierOf(squareModel(top, left, size), 'square', { engine });
    const options = { area: 1 / 16, cells: 8, baseline: 0, steps: 60 } as const;
    const { map } = await attribute(model, 'extremal', input, [0], options);
    const inside = [...map.data].filter((_, i) => inSquare(i, top, left));
    const outside = [...map.data].filter((_, i) => !inSquare(i, top, left));
    expect(Math.min(...inside)).toBeGreaterThan(0.5);
    expect(outside.reduce((sum, value) => sum + value, 0) / outside.length).toBeLessThan(0.1);
  });

  it('prefers no place where the output is the same everywhere', async () => {
    const model = await classifierOf(squareModel(0, 0, 0), 'flat', { engine });
    const { map } = await attribute(model, 'extremal', input, [0], { cells: 8, baseline: 0, steps: 20 });
    expect(Math.max(...map.data) - Math.min(...map.data)).toBeLessThan(1e-6);
  });

  it('ends where the gradient is no number, and gives none', async () => {
    const b = startGraph('root');
    const root = b.emit('Sqrt', [b.emit('Mul', ['x', b.constant(float32([0], [1]))])]);
    const kernel = b.constant(float32([1], [1, 1, 1, 1]), 'kernel');
    const scores = b.emit('Flatten', [b.emit('GlobalAveragePool', [b.emit('Conv', [root, kernel])])]);
    b.emit('Concat', [scores, scores], { axis: int(1) }, 'logits');
    const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
    const graph = b.finish([value('x', ['N', 1, 16, 16])], [value('logits', ['N', 2])]);
    const model = await classifierOf(graph, 'root', { engine });
    const { map } = await attribute(model, 'extremal', input, [0], { cells: 8, baseline: 0, steps: 3 });
    expect(map.data.every(Number.isNaN)).toBe(true);
  });
});
