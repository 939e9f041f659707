import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../base/random.js';
import { sizeOf } from '../../../../tensor/tensor.js';
import { normalFrom } from '../../../../testing/normal.js';
import { array64 } from '../../../../testing/reference/arrays.js';
import { shapesOf } from '../../../../testing/reference/differences.js';
import { interpret } from '../../../../testing/reference/interpret.js';
import { type Attributes, int, ints } from '../../../attributes.js';
import { backward } from '../../../backward.js';
import { type Builder, extend, startGraph } from '../../../builder.js';
import { scalar } from '../../../elements.js';
import type { Graph } from '../../../graph.js';
import { type Accelerations, literally } from '../acceleration.js';
import { graphFacts } from '../graph-facts.js';
import { relevanceRules } from '../index.js';
import type { LayerRule } from '../layer-rule.js';
import {
  alphaBetaRule,
  epsilonRule,
  flatRule,
  gammaRule,
  wSquareRule,
  zBoxRule,
  zPlusRule,
} from '../layer-rules.js';
import { accelerations } from './index.js';

const normal = normalFrom('accelerations');

interface LayerCase {
  readonly input: readonly number[];
  readonly weight: readonly number[];
  readonly op: 'Conv' | 'Gemm' | 'MatMul';
  readonly attributes?: Attributes;
}

const pads = ints([1, 1, 1, 1]);
const layers: Readonly<Record<string, LayerCase>> = {
  convolution: { input: [1, 2, 3, 3], weight: [3, 2, 3, 3], op: 'Conv', attributes: { pads } },
  'convolution of many channels': { input: [1, 9, 2, 2], weight: [2, 9, 2, 2], op: 'Conv' },
  'strided convolution': {
    input: [1, 2, 4, 4],
    weight: [2, 2, 3, 3],
    op: 'Conv',
    attributes: { strides: ints([2, 2]), pads },
  },
  'depthwise convolution': {
    input: [1, 3, 3, 3],
    weight: [3, 1, 3, 3],
    op: 'Conv',
    attributes: { group: int(3), pads },
  },
  'linear layer': { input: [1, 8], weight: [8, 5], op: 'Gemm' },
  'matrix product': { input: [1, 8], weight: [8, 5], op: 'MatMul' },
};

/**
 * x, rectified or not, through a layer and through a rectifier or not; the sum of its outputs is explained.
 */
function network(
  { input, weight, op, attributes }: LayerCase,
  {
    bias,
    above,
    rectified,
  }: { readonly bias: boolean; readonly above: boolean; readonly rectified: boolean },
): Graph {
  const b = startGraph('layer');
  const x = above ? b.relu('x') : 'x';
  const given = [x, b.constant(normal(...weight))];
  const shift = b.constant(normal(op === 'Conv' ? weight[0]! : weight[1]!));
  const y = b.emit(op, bias && op !== 'MatMul' ? [...given, shift] : given, attributes);
  const whole = bias && op === 'MatMul' ? b.add(y, shift) : y;
  const out = b.reduce('ReduceSum', rectified ? b.relu(whole) : whole, op === 'Conv' ? [1, 2, 3] : [1]);
  return b.finish(
    [{ name: 'x', type: 'float32', shape: input }],
    [{ name: out, type: 'float32', shape: [] }],
  );
}

function explained(graph: Graph, rule: LayerRule, by: Accelerations, zeroBias: boolean) {
  const [x, out] = [graph.inputs[0]!, graph.outputs[0]!.name];
  const feeds = { x: array64(point(x.shape as number[]), x.shape as number[]) };
  const builder: Builder = extend(graph);
  const choice = { layers: [{ kind: 'any', rule }], zeroBias } as const;
  const found = backward(graph, builder, {
    seeds: { [out]: out },
    wrt: ['x'],
    ruleFor: relevanceRules(graphFacts(graph), choice, by),
    method: 'lrp',
    shapes: shapesOf(graph, feeds, feeds),
    engine: 'cpu',
  });
  const program = builder.finish(graph.inputs, [{ name: found.x!, type: 'float32' }]);
  return {
    nodes: program.nodes.map(({ op }) => op).join(),
    map: () => [...interpret(program, feeds).get(found.x!)!.data],
  };
}

const point = (shape: readonly number[]) => {
  const draw = seededRandom('point');
  return Float64Array.from({ length: sizeOf(shape) }, () => draw.normal());
};

const rules: Readonly<Record<string, LayerRule>> = {
  epsilon: epsilonRule(0.25),
  'z-plus': zPlusRule,
  'alpha 2, beta 1': alphaBetaRule(2, 1),
  'alpha 1, beta 0': alphaBetaRule(1, 0),
  gamma: gammaRule(0.25),
  'z-box': zBoxRule(scalar(-3), scalar(3)),
  'w-square': wSquareRule,
  flat: flatRule,
};

/** Each by itself; those that build on a simpler rule with it. */
const one = Object.entries(accelerations).flatMap(([place, forms]) =>
  (forms as readonly { readonly name: string }[]).map((form): readonly [string, Accelerations] => [
    form.name,
    { ...literally, rules: accelerations.rules, [place]: [form] },
  ]),
);
const both = [false, true];
const settings = both.flatMap((bias) =>
  both.flatMap((above) =>
    both.flatMap((rectified) =>
      (bias ? both : [false]).map((zeroBias) => ({ bias, above, rectified, zeroBias })),
    ),
  ),
);

describe('accelerations of relevance rules', () => {
  const cases = Object.entries(rules).flatMap(([name, rule]) =>
    Object.entries(layers).map(([kind, layer]) => [name, kind, rule, layer] as const),
  );
  const applied = new Set<string>();

  it.each(cases)('%s of a %s is the literal sum', (_, __, rule, layer) => {
    for (const setting of settings) {
      const graph = network(layer, setting);
      const by = (some: Accelerations) => explained(graph, rule, some, setting.zeroBias);
      const simple = by({ ...literally, rules: accelerations.rules });
      const literal = by(literally).map();
      const size = Math.max(...literal.map(Math.abs));
      for (const [name, some] of [['all', accelerations] as const, ...one]) {
        const short = by(some);
        if (short.nodes === simple.nodes) continue;
        applied.add(name);
        const off = Math.max(...short.map().map((v, i) => Math.abs(v - literal[i]!)));
        expect(off, `${name} ${JSON.stringify(setting)}`).toBeLessThanOrEqual(1e-10 * size);
      }
    }
  });

  it('each apply somewhere', () => {
    expect([...applied].sort()).toEqual(['all', ...one.map(([name]) => name)].sort());
  });
});
