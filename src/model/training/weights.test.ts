import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../base/files.js';
import { type Random, seededRandom } from '../../base/random.js';
import type { Graph } from '../../graph/graph.js';
import { writeOnnx } from '../../graph/write.js';
import { writeNpz } from '../../tensor/npz.js';
import { buildNetwork } from '../architectures/architecture.js';
import { architectures } from '../architectures/registry.js';
import { withWeights } from './weights.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-'));
});
afterAll(() => rm(folder, { recursive: true }));

const network = (seed: number, classes: number, width = 2) =>
  buildNetwork(architectures['resnet-small'], [1, 16, 16], classes, { width }, seededRandom(seed));
const weight = ({ initializers }: Graph, name: string) => initializers.get(name)!.data;
const arraysOf = ({ initializers }: Graph) =>
  Object.fromEntries([...initializers].map(([name, { data, shape }]) => [name, { data, shape }]));

describe('weights to begin with', () => {
  it('are read from arrays or from a network, but for a last layer of other classes', async () => {
    const [own, other] = [network(1, 2), network(2, 5)];
    const [arrays, file] = [join(folder, 'a.npz'), join(folder, 'a.onnx')];
    await writeNpz(arrays, arraysOf(other));
    await writeOnnx(file, other);
    for (const path of [arrays, file]) {
      const read = await withWeights(own, path);
      for (const name of ['stem.conv.weight', 'stage3.block1.bn2.running_var'])
        expect(weight(read, name)).toEqual(weight(other, name));
      expect(weight(read, 'logits.weight')).toEqual(weight(own, 'logits.weight'));
    }
    expect(weight(await withWeights(network(3, 5), file), 'logits.weight')).toEqual(
      weight(other, 'logits.weight'),
    );
  });

  it('have to fit the network', async () => {
    const path = join(folder, 'b.npz');
    await writeNpz(path, arraysOf(network(1, 2, 3)));
    await expect(withWeights(network(1, 2), path)).rejects.toThrow(
      `${path} has 'stem.conv.weight' of shape [3,1,7,7]; resnet-small takes it as float32 [2,1,7,7]`,
    );
    await writeNpz(path, {});
    await expect(withWeights(network(1, 2), path)).rejects.toThrow("has no 'stem.conv.weight'");
  });

  it.each([
    ['resnet18', '80792f24e335f198da2026579a542950278ecc2af08706df11ad4874b85d8062'],
    ['resnet50', 'c092c1e765beaab72bbb1be050f33f2f9fce96438c1289127a0bdcbf74ef3ce5'],
    ['densenet121', '78d58955cd3d404306b371f9f4d35f1629334333cdb2f38f84252a15f21e983f'],
    ['efficientnet-b0', 'd10f142c0f1f89438670cb152a6e69c6b5525c6c25428dd85815f8d1bf0608c7'],
    ['convnext-tiny', '3aff2ccc26245fb1290c48d35f4b114636b1208ca33042cdee6fe3cf2c1df63c'],
  ])('have the names and shapes of torchvision 0.29.1 in %s', (name, digest) => {
    const { initializers } = buildNetwork(architectures[name as 'resnet18'], [3, 64, 64], 1000, {}, flat);
    const lines = [...initializers]
      .filter(([, { type, shape }]) => type === 'float32' && shape.length > 0)
      .map(([own, { shape }]) => `${own} ${shape.join()}`);
    expect(sha256(lines.sort().join('\n'))).toBe(digest);
  });
});

/** Draws nothing, since only names and shapes are looked at. */
const flat: Random = { seed: 0, fork: () => flat, uniform: () => 0, normal: () => 0, below: () => 0 };
