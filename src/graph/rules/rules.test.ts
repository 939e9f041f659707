import { afterAll, describe, expect, it } from 'vitest';
import { SightlineError } from '../../base/errors.js';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import type { Array64 } from '../../testing/reference/arrays.js';
import { type Case, cases, titleOf } from '../../testing/reference/cases/index.js';
import { shapesOf } from '../../testing/reference/differences.js';
import { interpret } from '../../testing/reference/interpret.js';
import { type Prepared, prepare } from '../../testing/reference/prepare.js';
import { type BackwardOptions, backward, type Rule, type Walk } from '../backward.js';
import { type Builder, extend, startGraph } from '../builder.js';
import { float32, numbers, scalar } from '../elements.js';
import type { Graph, Node } from '../graph.js';
import { isRefusal } from '../refusal.js';
import { multiplierRules, type Pairing } from './deeplift/index.js';
import { gradientRuleOf } from './gradient/index.js';
import { composites } from './relevance/composites.js';
import { graphFacts } from './relevance/graph-facts.js';
import { relevanceRules } from './relevance/index.js';
import { kindOf, type LayerKind } from './relevance/kinds.js';
import { cheferRules } from './transformer-attribution/index.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/**
 * What exports of ResNet, DenseNet, VGG, MobileNet, EfficientNet, RegNet, ConvNeXt, Inception, ViT, DeiT and
 * Swin contain.
 */
const expected = (
  'Conv ConvTranspose Gemm MatMul Einsum BatchNormalization LayerNormalization InstanceNormalization ' +
  'GroupNormalization LRN Relu LeakyRelu PRelu Elu Selu Celu Clip HardSigmoid HardSwish Sigmoid Tanh Softplus Mish ' +
  'Erf Gelu Exp Log Sqrt Pow Reciprocal Abs Neg Sin Cos Min Max Add Sub Mul Div Sum Mean Where MaxPool AveragePool ' +
  'GlobalAveragePool GlobalMaxPool ReduceMean ReduceSum ReduceMax ReduceL2 Softmax LogSoftmax Concat Split Slice ' +
  'Pad Transpose Reshape Flatten Squeeze Unsqueeze Expand Tile Gather Resize DepthToSpace SpaceToDepth Identity ' +
  'Dropout Cast'
).split(' ');

const facts = graphFacts(startGraph('').finish([], []));
const nodeOf = (op: string): Node => {
  const inputs = op === 'Where' ? ['constant', 'x', 'constant'] : ['x', 'constant'];
  return { op, domain: '', name: op, inputs, outputs: ['y'], attributes: {} };
};
const walkOn = (builder: Builder): Walk => ({
  ...builder,
  engine: 'any',
  shape: () => ({ dims: [], type: 'float32' }),
  sameShape: (value) => value,
  needsGradient: (value) => value === 'x',
  standsIn: () => false,
});
/** What the table of a method says of an operator that is used plainly. */
const entryFor = {
  gradient: (op: string) => gradientRuleOf(nodeOf(op)),
  relevance: (op: string) => kindOf(nodeOf(op), walkOn(startGraph('')), facts),
  multipliers: (op: string) =>
    multiplierRules({ partner: (v) => v, changes: () => false }, facts, 'rescale')(nodeOf(op)),
};
const tables = ['gradient', 'relevance', 'multipliers'] as const;
const hasRule = (table: (typeof tables)[number], op: string) => {
  const entry = entryFor[table](op);
  return entry !== undefined && !isRefusal(entry);
};

describe('every operator of the networks that people use', () => {
  it.each(tables)('has a rule for %s', (table) => {
    expect(expected.filter((op) => !hasRule(table, op))).toEqual([]);
  });
});

describe('a refusal', () => {
  const ruleFor = {
    gradient: gradientRuleOf,
    relevance: relevanceRules(facts, { layers: [] }),
    deeplift: multiplierRules({ partner: (v) => v, changes: () => false }, facts, 'rescale'),
    'transformer-attribution': cheferRules(facts, new Set(['x'])),
  };
  const refusals: readonly [keyof typeof ruleFor, string, string][] = [
    ['gradient', 'GRU', 'it is written out when a graph is read, but for sequences of several lengths'],
    ['relevance', 'Sign', 'it is flat wherever it has a slope, and its jumps are due to no one place'],
    ['deeplift', 'Tan', 'a quotient of changes across its poles says nothing'],
    ['transformer-attribution', 'ReduceLogSum', 'exporters write it as two operators'],
  ];
  it.each(refusals)('names method, operator, node and reason: %s of %s', (method, op, why) => {
    const builder = startGraph('');
    const y = builder.emit(op, ['x']);
    const graph = builder.finish([{ name: 'x', type: 'float32' }], [{ name: y, type: 'float32' }]);
    const shapes = new Map(['x', y].map((name) => [name, { dims: [2], type: 'float32' }] as const));
    const options = { seeds: { [y]: 's' }, wrt: ['x'], ruleFor: ruleFor[method], method, shapes };
    const [{ name }] = graph.nodes as [Node];
    expect(() => backward(graph, extend(graph), options)).toThrow(
      new RegExp(
        `^${method} has no rule for operator '${op}' .*node '${name}'.*: ${why}.*; a method that only runs the network needs none, such as kernel-shap`,
      ),
    );
  });
});

type Feeds = Prepared['feeds'];
const prefixed = (prefix: string, feeds: Feeds): Feeds =>
  Object.fromEntries(Object.entries(feeds).map(([name, value]) => [prefix + name, value]));
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const single = ({ data, shape }: Array64) => float32(Float32Array.from(data), shape);

/** The inputs that grow with the batch; all where none does. */
function movingInputs({ inputs }: Graph): string[] {
  const moving = inputs.filter(({ shape }) => shape!.includes('N'));
  return (moving.length > 0 ? moving : inputs).map(({ name }) => name);
}

/** The quantity that a walk from all outputs' `seeds` brings to each of `wrt`. */
async function walked(
  { graph, feeds, first }: Prepared,
  builder: Builder,
  { wrt, ruleFor, given }: { wrt: readonly string[]; ruleFor: BackwardOptions['ruleFor']; given: Feeds },
): Promise<ReadonlyMap<string, readonly number[]>> {
  const outputs = Object.keys(given).filter((name) => name.startsWith('s.'));
  const found = backward(graph, builder, {
    seeds: Object.fromEntries(outputs.map((name) => [name.slice(2), name])),
    wrt,
    ruleFor,
    method: 'method',
    shapes: shapesOf(graph, first, feeds),
  });
  const all = { ...feeds, ...given };
  const reached = wrt.filter((name) => found[name] !== undefined);
  const named = reached.map((name) => builder.alias(found[name]!, `found.${name}`));
  const value = (name: string) => ({ name, type: 'float32' }) as const;
  const program = await engine.compile(builder.finish(Object.keys(all).map(value), named.map(value)));
  const got = await program.run(Object.fromEntries(Object.entries(all).map(([k, v]) => [k, single(v)])));
  await program.dispose();
  return new Map(reached.map((name, i) => [name, numbers(got[named[i]!]!)]));
}

const titled = (some: readonly Case[]) => some.map((one) => [titleOf(one), one] as const);

describe('the multipliers of a change sum to it', () => {
  const draw = (one: Case, feeds: Feeds, moving: readonly string[]): Feeds => {
    const random = seededRandom(`reference of ${titleOf(one)}`);
    const [low, high] = one.between ?? [];
    const next = () => (low === undefined ? random.normal() : low + (high! - low) * random.uniform());
    return Object.fromEntries(
      moving.map((name) => {
        const { data, shape } = feeds[name]!;
        return [name, { data: data.map(() => Math.fround(next())), shape }];
      }),
    );
  };

  it.each(titled(cases.filter(({ op }) => hasRule('multipliers', op))))('%s', async (_, one) => {
    const prepared = prepare(one);
    const { graph, feeds, seeds } = prepared;
    const wrt = movingInputs(graph);
    const references = draw(one, feeds, wrt);
    const builder = extend(graph);
    const partners = new Map(wrt.map((name) => [name, `r.${name}`]));
    const pairing: Pairing = {
      partner: (value) => partners.get(value) ?? value,
      changes: (value) => partners.has(value),
    };
    const [node] = graph.nodes as [Node];
    const outputs = builder.repeat(node, node.inputs.map(pairing.partner));
    for (const [i, name] of node.outputs.entries()) partners.set(name, outputs[i]!);
    const ruleFor = multiplierRules(pairing, graphFacts(graph), 'rescale');
    const given = { ...prefixed('r.', references), ...prefixed('s.', seeds) };
    const asked = walked(prepared, builder, { wrt, ruleFor, given });
    if (isRefusedForm(one)) {
      await expect(asked).rejects.toThrow(`no rule for operator '${one.op}' as node 'node' uses it`);
      return;
    }
    const parts = [...(await asked)].flatMap(([name, multipliers]) =>
      multipliers.map((m, i) => m * (feeds[name]!.data[i]! - references[name]!.data[i]!)),
    );
    const [y, y0] = [interpret(graph, feeds), interpret(graph, { ...feeds, ...references })];
    const changes = Object.entries(seeds).flatMap(([name, seed]) =>
      [...seed.data].map((s, i) => s * (y.get(name)!.data[i]! - y0.get(name)!.data[i]!)),
    );
    const size = Math.max(1e-3, sum([...parts, ...changes].map(Math.abs)));
    expect(Math.abs(sum(parts) - sum(changes)) / size).toBeLessThan(1e-6);
  });
});

/** Powers of values by values, samples at places that change. */
const isRefusedForm = (one: Case) =>
  titleOf(one) === 'Pow [N,3,4] [N,3,4]' || (one.op === 'GridSample' && Array.isArray(one.inputs[1]));

describe('relevance is conserved through what has no constant of its own', () => {
  const conserving: ReadonlySet<LayerKind> = new Set([
    ...(['linear', 'convolution', 'scale', 'sum', 'average', 'maximum', 'activation', 'product'] as const),
    ...(['quotient', 'matrix-product', 'shape'] as const),
  ]);
  const layers = composites.epsilon({ epsilon: 1e-9, gamma: 0, low: scalar(0), high: scalar(1) });

  const computed = cases.filter(
    ({ op, inputs, attributes }) =>
      ['Conv', 'Gemm', 'MatMul'].includes(op) && !inputs[2] && !attributes?.group,
  );
  const given = [
    ...titled(cases.filter(({ op }) => hasRule('relevance', op))),
    ...computed.map((one) => [`${titleOf(one)}, weights computed`, one] as const),
  ];
  it.each(given)('%s', async (title, one) => {
    const prepared = prepare(one);
    const { graph, feeds, seeds } = prepared;
    const [node] = graph.nodes as [Node];
    const wrt = title.endsWith('computed') ? graph.inputs.map(({ name }) => name) : movingInputs(graph);
    const surroundings = graphFacts(graph);
    const rules = relevanceRules(surroundings, { layers, zeroBias: true });
    const values = interpret(graph, feeds);
    const start = Object.fromEntries(
      Object.entries(seeds).map(([name, { data, shape }]) => [
        name,
        { data: data.map((s, i) => s * values.get(name)!.data[i]!), shape },
      ]),
    );
    let kind: LayerKind | undefined;
    const ruleFor = () => (target: Node, relevance: Parameters<Rule>[1], walk: Walk) => {
      const found = kindOf(target, walk, surroundings);
      if (!isRefusal(found)) kind = found;
      return rules(target)!(target, relevance, walk);
    };
    const asked = walked(prepared, extend(graph), { wrt, ruleFor, given: prefixed('s.', start) });
    const found = await asked.catch((error) => {
      if (kind === undefined && error instanceof SightlineError) return undefined;
      throw error;
    });
    const constants = node.inputs.some((v) => v !== '' && !wrt.includes(v) && isAdded(node, v));
    if (!found) return;
    const relevance = [...found.values()].flat();
    expect(relevance.every(Number.isFinite)).toBe(true);
    if (!conserving.has(kind!) || constants) return;
    const whole = Object.values(start).flatMap(({ data }) => [...data]);
    const size = Math.max(1e-3, sum([...relevance, ...whole].map(Math.abs)));
    expect(Math.abs(sum(relevance) - sum(whole)) / size).toBeLessThan(2e-6);
  });
});

/** Whether a constant input is a part of the output, and so keeps relevance. */
const isAdded = ({ op, inputs }: Node, constant: string) =>
  ['Add', 'Sub', 'Sum', 'Mean', 'Min', 'Max', 'Where'].includes(op) ||
  (op === 'Pad' && inputs[2] === constant);
