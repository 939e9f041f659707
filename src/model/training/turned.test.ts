import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { asGiven, forCpu, type Prepare } from '../../engine/cpu/prepare.js';
import { turnWeights } from '../../engine/cpu/turn-weights.js';
import { turn, turnBack } from '../../engine/cpu/turned.js';
import type { Arrays } from '../../engine/engine.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float32 } from '../../graph/elements.js';
import { feedsOfStep } from '../../testing/training-step.js';
import { buildNetwork } from '../architectures/architecture.js';
import { architectures } from '../architectures/registry.js';
import { probe } from '../probe.js';
import { keptAt, withAverages } from './average.js';
import { softmaxCrossEntropy } from './loss.js';
import { optimisers } from './optimisers/registry.js';
import { severalSteps, stack } from './several.js';
import { names, type Step, trainingStep } from './step.js';

const shape = [3, 20, 20] as const;
const hyper = { momentum: 0.9, decay: 1e-3 };
const engine = onnxRuntime();
const plain = onnxRuntime('cpu', 0, {}, asGiven);
const inOrder = onnxRuntime(
  'cpu',
  0,
  {},
  forCpu(async () => undefined),
);
afterAll(() => Promise.all([engine, plain, inOrder].map((one) => one.dispose())));

async function stepOf(name: 'cnn' | 'resnet-small' | 'resnet18', optimiser = 'adamw') {
  const graph = buildNetwork(architectures[name]!, shape, 2, {}, seededRandom(3));
  const shapes = await probe(graph, graph.inputs[0]!, shape, plain);
  return trainingStep(graph, shapes, softmaxCrossEntropy, optimisers[optimiser]!, hyper, 'cpu');
}

const feedsOf = (t: number, optimiser = 'adamw'): Arrays =>
  feedsOfStep(t, shape, optimisers[optimiser]!, hyper);

const averaged = (feeds: Arrays, t: number) => ({ ...feeds, [names.kept]: float32([keptAt(0.9, t)], []) });

/** The largest difference of any array from the wanted one, as a share of that one's largest value. */
function far(got: Arrays, wanted: Arrays): number {
  expect(Object.keys(got).sort()).toEqual(Object.keys(wanted).sort());
  let most = 0;
  for (const [name, { data, shape: own }] of Object.entries(wanted)) {
    expect(got[name]!.shape, name).toEqual(own);
    let [largest, off] = [1e-3, 0];
    for (const [i, value] of data.entries()) {
      largest = Math.max(largest, Math.abs(Number(value)));
      off = Math.max(off, Math.abs(Number(value) - Number(got[name]!.data[i])));
    }
    most = Math.max(most, off / largest);
  }
  return most;
}

describe('weights as [taps, O I]', () => {
  it.each([
    ['adamw', 3],
    ['adam', 3],
    ['sgd', 2],
  ])('%s: with what is kept of them', async (optimiser, each) => {
    const { graph, carry, state } = await stepOf('resnet-small', optimiser);
    const { turned } = turnWeights(graph, { carry, state });
    const kernels = Object.entries(state).filter(
      ([
        ,
        {
          shape: [, inputs, h = 1],
        },
      ]) => h > 1 && inputs! >= 8,
    );
    expect([...turned.keys()].sort()).toEqual(kernels.map(([name]) => name).sort());
    const weights = kernels.filter(([name]) => !name.startsWith('sl.'));
    expect(kernels).toHaveLength(each * weights.length);
  });

  it('with their averages', async () => {
    const { graph, carry, state } = withAverages(await stepOf('resnet-small'));
    const { turned } = turnWeights(graph, { carry, state });
    expect([...turned.keys()].filter((name) => name.startsWith('sl.average.')).length * 4).toBe(turned.size);
  });

  it('but not those that something else reads', async () => {
    const { graph, carry, state } = await stepOf('resnet-small');
    const [next] = Object.entries(carry).find(([, input]) => input === 'stage2.block1.conv2.weight') ?? [];
    expect(next).toBeDefined();
    const read = {
      op: 'ReduceMax',
      domain: '',
      name: 'largest',
      inputs: [next!],
      outputs: ['largest'],
      attributes: {},
    };
    const more = {
      ...graph,
      nodes: [...graph.nodes, read],
      outputs: [...graph.outputs, { name: 'largest', type: 'float32' as const }],
    };
    const [all, rest] = [graph, more].map((one) => turnWeights(one, { carry, state }).turned);
    expect(all!.size - rest!.size).toBe(3);
  });

  it('are turned there and back', () => {
    const turned = new Map([['w', [2, 3, 1, 2]]]);
    const given = { w: float32([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [2, 3, 1, 2]), b: float32([1], [1]) };
    const there = turn(given, turned);
    expect(there.w).toEqual(float32([0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11], [2, 6]));
    expect(turnBack(there, turned)).toEqual(given);
  });

  it.each(['resnet-small', 'cnn'] as const)('train %s as they do in their own shape', async (name) => {
    const step = withAverages(await stepOf(name, 'sgd'));
    const states = await Promise.all(
      [plain, inOrder].map(async (on) => {
        const program = await on.compile(step.graph, { carry: step.carry, state: step.state });
        for (const t of [1, 2]) await program.run(averaged(feedsOf(t, 'sgd'), t));
        const state = await program.state();
        await program.dispose();
        return state;
      }),
    );
    expect(far(states[1]!, states[0]!)).toBeLessThan(1e-3);
  });
});

describe('several steps in one run on the CPU', () => {
  const run = async (step: Step, groups: readonly (readonly number[])[], several: boolean) => {
    const program = await engine.compile(step.graph, { carry: step.carry, state: step.state });
    const losses: number[] = [];
    for (const group of groups) {
      const feeds = group.map((t) => feedsOf(t));
      const outputs = await program.run(several ? stack(feeds) : feeds[0]!);
      losses.push(...Array.from(outputs[names.loss]!.data, Number));
    }
    const state = await program.state();
    await program.dispose();
    return { losses, state };
  };

  it('give the bits of other groups of steps', async () => {
    const step = severalSteps(await stepOf('resnet-small'));
    const one = await run(step, [[1], [2], [3], [4]], true);
    expect(await run(step, [[1, 2, 3], [4]], true)).toEqual(one);
    expect(await run(step, [[1, 2, 3, 4]], true)).toEqual(one);
  });

  it('equal single steps', async () => {
    const step = await stepOf('resnet-small');
    const singly = await run(step, [[1], [2], [3]], false);
    const together = await run(severalSteps(step), [[1, 2, 3]], true);
    expect(far(together.state, singly.state)).toBeLessThan(1e-3);
  });

  it('are in blocks of channels where single steps are', async () => {
    const step = await stepOf('resnet18');
    const prepare: Prepare = forCpu(async () => 16);
    const { graph, turned } = await prepare(severalSteps(step).graph, true, step, async (of, feeds) => {
      const program = await plain.compile(of);
      const outputs = await program.run(feeds);
      await program.dispose();
      return outputs;
    });
    const { body } = graph.nodes[0]!.attributes as Record<string, { value: typeof graph }>;
    expect(
      body!.value.nodes.filter(({ op, domain }) => op === 'Conv' && domain !== '').length,
    ).toBeGreaterThan(50);
    expect(turned.size).toBe(3 * 16);
  });
});
