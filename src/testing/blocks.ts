import { expect } from 'vitest';
import { seededRandom } from '../base/random.js';
import { findBlockSize } from '../engine/cpu/block-size.js';
import { toNchwc } from '../engine/cpu/nchwc/index.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { type Attributes, ints } from '../graph/attributes.js';
import { startGraph } from '../graph/builder.js';
import { float32, numbers } from '../graph/elements.js';
import type { Constant, ElementType, Graph, Node } from '../graph/graph.js';
import { sizeOf } from '../tensor/tensor.js';
import { runOnce } from './run-once.js';

/** What small graphs with convolutions of trained weights are put together with. */
export function startScene() {
  const random = seededRandom('scene');
  const builder = startGraph('scene');
  const images: Record<string, Constant> = {};
  const weights: Record<string, Constant> = {};
  const drawn = (spread: number, shape: readonly number[]) =>
    float32(
      Float32Array.from({ length: sizeOf(shape) }, () => spread * random.normal()),
      shape,
    );
  const weight = (...shape: number[]) => {
    const name = `w${Object.keys(weights).length}`;
    weights[name] = drawn(1 / Math.sqrt(sizeOf(shape.slice(1))), shape);
    return name;
  };
  const image = (...shape: number[]) => {
    const name = `x${Object.keys(images).length}`;
    images[name] = drawn(1, shape);
    return name;
  };
  const convolved = (x: string, w: string, attributes: Attributes = {}) => {
    const [rows, columns] = weights[w]?.shape.slice(2) ?? [1, 1];
    return builder.emit('Conv', [x, w], { kernel_shape: ints([rows!, columns!]), ...attributes });
  };
  return {
    ...builder,
    weight,
    image,
    convolved,
    /** A convolution from 32 to 32 channels, which fill blocks of either size. */
    conv: (x = image(2, 32, 9, 7)) => convolved(x, weight(32, 32, 1, 1)),
    finished(outputs: readonly string[], type: ElementType) {
      const value = ([name, { shape }]: [string, Constant]) => ({ name, type: 'float32' as const, shape });
      const graph = builder.finish(
        Object.entries({ ...images, ...weights }).map(value),
        outputs.map((name) => ({ name, type })),
      );
      return { graph, images, weights };
    },
  };
}

export type Scene = ReturnType<typeof startScene>;

/** A graph's operators on channels in nchwc, with what convolutions have taken up. */
const operatorsOf = ({ nodes }: Graph): string =>
  nodes
    .filter(({ domain }) => domain !== '')
    .map(named)
    .join(' ');

function named({ op, inputs, attributes: { activation } }: Node): string {
  const behind = activation?.kind === 'string' ? `+${activation.value}` : '';
  return `${op}${inputs[3] ? '+sum' : ''}${behind}`;
}

/** Compares scenes in nchwc with the same ones in order. */
export function startTrials() {
  const engine = onnxRuntime();
  const run = runOnce(engine);
  let block: ReturnType<typeof findBlockSize> | undefined;
  return {
    dispose: () => engine.dispose(),
    /**
     * Expects these operators, in blocks of either size, and the same values where this machine has blocks.
     */
    async expect(compose: (scene: Scene) => string, operators: string, type: ElementType = 'float32') {
      const scene = startScene();
      const { graph, images, weights } = scene.finished([compose(scene)], type);
      block ??= findBlockSize(run);
      const own = await block;
      for (const size of [8, 16]) {
        const blocked = await toNchwc(graph, size, weights, run);
        expect(operatorsOf(blocked), `blocks of ${size}`).toBe(operators);
        if (size !== own) continue;
        const feeds = { ...images, ...weights };
        const [expected, got] = [await run(graph, feeds), await run(blocked, feeds)];
        for (const [name, wanted] of Object.entries(expected)) expectClose(got[name]!, wanted);
      }
    },
  };
}

/** Equal but for the order in which products are summed. */
export function expectClose(got: Constant, expected: Constant, tolerance = 1e-5) {
  expect(got.shape).toEqual(expected.shape);
  const [found, wanted] = [numbers(got), numbers(expected)];
  const largest = wanted.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  expect(largest).toBeGreaterThan(0);
  const off = wanted.reduce((most, v, i) => Math.max(most, Math.abs(v - found[i]!)), 0);
  expect(off / largest).toBeLessThanOrEqual(tolerance);
}
