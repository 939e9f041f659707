import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { classifierOf } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { writeNpy } from '../../tensor/npy.js';
import { temporaryTree } from '../../testing/tree.js';
import {
  conformanceCases,
  exactOf,
  givenConformity,
  graphOf,
  ownConformity,
  writeConformance,
} from './conformance.js';
import { type HandNetwork, handNetworks, type Pixels } from './networks.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

type Network = (inputs: readonly (readonly number[])[]) => Promise<number[]>;

/** The network as a function: its number at many inputs. */
async function functionOf(network: HandNetwork): Promise<Network> {
  const model = await classifierOf(graphOf(network), network.name, { engine, precision: 'float64' });
  return async (inputs) => {
    const batch = { data: Float32Array.from(inputs.flat()), shape: [inputs.length, 1, 2, 2] };
    const { data } = await predict(model, batch);
    return inputs.map((_, n) => data[2 * n]!);
  };
}

const moved = (x: readonly number[], at: number, value: number) =>
  x.map((own, i) => (i === at ? value : own));

/** The gradients by central differences; the step is a power of two, exact in single precision. */
async function differences(network: Network, points: readonly (readonly number[])[]): Promise<number[][]> {
  const step = 2 ** -10;
  const around = points.flatMap((x) =>
    x.flatMap((value, i) => [moved(x, i, value + step), moved(x, i, value - step)]),
  );
  const at = await network(around);
  return points.map((x, n) => x.map((_, i) => (at[8 * n + 2 * i]! - at[8 * n + 2 * i + 1]!) / (2 * step)));
}

type Definition = (network: Network, x: Pixels, baseline: number) => Promise<number[]>;

const literal = {
  gradient: async (network, x) => (await differences(network, [x]))[0]!,
  async 'integrated-gradients'(network, x, baseline) {
    const steps = 96;
    const along = Array.from({ length: steps }, (_, k) =>
      x.map((value) => baseline + ((k + 0.5) / steps) * (value - baseline)),
    );
    const slopes = await differences(network, along);
    return x.map((value, i) =>
      slopes.reduce((sum, slope) => sum + (slope[i]! * (value - baseline)) / steps, 0),
    );
  },
  async occlusion(network, x, baseline) {
    const [whole = 0, ...without] = await network([x, ...x.map((_, i) => moved(x, i, baseline))]);
    return without.map((value) => whole - value);
  },
  async 'shapley-exact'(network, x, baseline) {
    const worth = await network(
      Array.from({ length: 16 }, (_, set) => x.map((value, i) => (set & (1 << i) ? value : baseline))),
    );
    const size = (set: number) => [0, 1, 2, 3].filter((i) => set & (1 << i)).length;
    const weight = [1 / 4, 1 / 12, 1 / 12, 1 / 4];
    return x.map((_, i) =>
      worth.reduce(
        (sum, value, set) =>
          set & (1 << i) ? sum : sum + weight[size(set)]! * (worth[set | (1 << i)]! - value),
        0,
      ),
    );
  },
} satisfies Readonly<Record<string, Definition>>;

const stated = Object.keys(literal) as readonly (keyof typeof literal)[];

it.each(handNetworks)('the exact maps of $name are those of the definitions', async (network) => {
  const evaluate = await functionOf(network);
  for (const method of stated) {
    for (const { x, exact } of network.points) {
      const found = await literal[method](evaluate, x, network.baseline);
      expect(found, method).toEqual(exact[method]!.map((value) => expect.closeTo(value, 2)));
    }
  }
});

it('what DeepLIFT shares out is the change from the baseline', async () => {
  for (const network of handNetworks) {
    const none = Array<number>(4).fill(network.baseline);
    const evaluate = await functionOf(network);
    const [at0 = 0, ...at] = await evaluate([none, ...network.points.map(({ x }) => x)]);
    const sums = network.points.map(({ exact }) => exact.deeplift?.reduce((a, b) => a + b, 0));
    for (const [n, sum] of sums.entries()) if (sum !== undefined) expect(sum).toBeCloseTo(at[n]! - at0, 4);
  }
});

it('the methods of the library conform', async () => {
  const found = await ownConformity(engine, quietly);
  expect(found.length).toBeGreaterThan(80);
  expect(found.filter(({ conforms }) => !conforms)).toEqual([]);
}, 60_000);

it("another program's maps are compared with the files, and a wrong one is found", async () => {
  const [out, maps] = [await temporaryTree(), await temporaryTree()];
  await writeConformance(out);
  const about = JSON.parse(await readFile(join(out, 'conformance.json'), 'utf8'));
  expect(about.cases.map(({ name }: HandNetwork) => name)).toEqual(conformanceCases.map(({ name }) => name));
  expect(about.cases.at(-1).files).toHaveProperty(['data.npy']);
  await cp(join(out, 'and'), join(maps, 'and'), { recursive: true });
  expect((await givenConformity(maps)).every(({ conforms }) => conforms)).toBe(true);
  const wrong = exactOf(handNetworks.find(({ name }) => name === 'and')!, 'gradient')!;
  await writeNpy(join(maps, 'and', 'occlusion.npy'), { ...wrong, data: wrong.data.map((v) => v + 1) });
  const differing = (await givenConformity(maps)).filter(({ conforms }) => !conforms);
  expect(differing.map(({ network, method }) => `${network} ${method}`)).toEqual(['and occlusion']);
  await writeNpy(join(maps, 'and', 'occlusion.npy'), { data: new Float32Array(4), shape: [2, 2] });
  await expect(givenConformity(maps)).rejects.toThrow(/occlusion.npy: has shape \[2,2\]; the exact map has/);
  await expect(givenConformity(await temporaryTree())).rejects.toThrow(/has no map; NETWORK\/METHOD.npy/);
});
