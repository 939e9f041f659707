import { afterAll, describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { parseOnnx } from '../../graph/read.js';
import { formatOnnx } from '../../graph/write.js';
import { trainingOptions } from '../training/options.js';
import { type Architecture, buildNetwork } from './architecture.js';
import { architectures } from './registry.js';

vi.setConfig({ testTimeout: 60_000 });
const engine = onnxRuntime();
afterAll(() => engine.dispose());

describe('architectures', () => {
  for (const [name, architecture] of Object.entries<Architecture>(architectures)) {
    it(`${name} gives moderate logits, repeatable under a seed`, async () => {
      const given = 'heads' in architecture.options ? { depth: 2 } : {};
      const build = (seed: number) => buildNetwork(architecture, [3, 32, 32], 5, given, seededRandom(seed));
      const [graph, again, other] = [build(1), build(1), build(2)];
      const random = seededRandom(3);
      const image = float32(
        Float32Array.from({ length: 2 * 3 * 32 * 32 }, () => random.normal()),
        [2, 3, 32, 32],
      );
      const run = async (built: typeof graph) => {
        const program = await engine.compile(built);
        const { logits } = await program.run({ image });
        await program.dispose();
        return logits!;
      };
      const logits = await run(graph);
      expect(logits.shape).toEqual(architecture.segments ? [2, 5, 32, 32] : [2, 5]);
      const sizes = Array.from(logits.data as Float32Array, Math.abs);
      // Without batch statistics, the layers of an untrained EfficientNet shrink what they pass on.
      expect(Math.max(...sizes)).toBeGreaterThan(name === 'efficientnet-b0' ? 1e-5 : 0.01);
      expect(Math.max(...sizes)).toBeLessThan(200);
      expect(await run(again)).toEqual(logits);
      expect(await run(other)).not.toEqual(logits);
    });

    it(`${name} has no option with the name of a training option`, () => {
      expect(Object.keys(architecture.options).filter((option) => option in trainingOptions)).toEqual([]);
    });
  }

  it('reject images that are too small', () => {
    const build = () => buildNetwork(architectures.cnn!, [1, 4, 4], 2, { depth: 6 }, seededRandom(1));
    expect(build).toThrow(/image is too small for this network: 'stage3.pool' gets 1 pixels/);
  });

  it('refuse images that a U-Net cannot halve as often as its encoder does', () => {
    const build = () => buildNetwork(architectures.unet, [1, 36, 32], 2, {}, seededRandom(1));
    expect(build).toThrow(/maps of 4x4 cannot be doubled back to the 36x32 pixels/);
  });

  it('refuse patches that no number of halvings gives', () => {
    const build = () =>
      buildNetwork(architectures['vit-hybrid'], [1, 36, 36], 2, { patch: 6 }, seededRandom(1));
    expect(build).toThrow(/option 'patch' got 6; the stem of vit-hybrid takes 2, 4, 8, 16, 32 or 64/);
  });

  it('stand as encoders of a U-Net whose finest maps are smaller than the image', () => {
    const given = { encoder: 'resnet-small', width: 4 };
    const { outputs } = buildNetwork(architectures.unet, [1, 32, 64], 3, given, seededRandom(1));
    expect(outputs[0]!.shape).toEqual(['N', 3, 32, 64]);
  });

  it('have valid layer names, and survive a file unchanged', () => {
    const graph = buildNetwork(architectures['resnet-small'], [1, 32, 32], 2, {}, seededRandom(1));
    expect(graph.nodes.map(({ name }) => name)).toContain('stage3.block1.relu2');
    expect([...graph.initializers.keys()]).toContain('stem.conv.weight');
    const bytes = formatOnnx(graph);
    const outputs = ({ nodes }: Graph) => nodes.flatMap((node) => node.outputs).sort();
    expect(outputs(parseOnnx(bytes, 'written'))).toEqual(outputs(graph));
  });
});
