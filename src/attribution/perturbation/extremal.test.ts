import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { classifierOf } from '../../model/load.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const important = (i: number) => Math.floor(i / 16) < 4 && i % 16 >= 8 && i % 16 < 12;

/** Of 1x16x16 images: how bright a square of 4x4 pixels is, and how dark. */
function squareModel() {
  const b = startGraph('square');
  const kernel = b.constant(float32([1], [1, 1, 1, 1]), 'kernel');
  const flat = b.emit('Flatten', [b.emit('Conv', ['x', kernel])]);
  const weights = Float32Array.from({ length: 512 }, (_, i) =>
    important(i >> 1) ? (i % 2 === 0 ? 4 : -4) : 0,
  );
  b.emit('Gemm', [flat, b.constant(float32(weights, [256, 2]), 'weights')], {}, 'logits');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', ['N', 1, 16, 16])], [value('logits', ['N', 2])]);
}

describe('extremal perturbation', () => {
  const input = { data: new Float32Array(256).fill(1), shape: [1, 1, 16, 16] };

  it('keeps what raises the output, of the area that is asked', async () => {
    const model = await classifierOf(squareModel(), 'square', { engine });
    const options = { area: 1 / 16, cells: 8, baseline: 0, steps: 200 } as const;
    const { map } = await attribute(model, 'extremal', input, [0], options);
    const inside = [...map.data].filter((_, i) => important(i));
    const outside = [...map.data].filter((_, i) => !important(i));
    expect(Math.min(...inside)).toBeGreaterThan(0.5);
    expect(outside.reduce((sum, value) => sum + value, 0) / outside.length).toBeLessThan(0.1);
  });
});
