import type { Arrays } from '../../engine/engine.js';
import { float, int } from '../../graph/attributes.js';
import { type BackwardOptions, backward, type Rule, type Walk } from '../../graph/backward.js';
import { type Builder, extend } from '../../graph/builder.js';
import { type ByOperator, entryOf } from '../../graph/catalogue/index.js';
import { float32, scalar } from '../../graph/elements.js';
import type { Constant, Graph, Node, Value } from '../../graph/graph.js';
import { Clip } from '../../graph/rules/gradient/activation.js';
import { gradientRuleOf } from '../../graph/rules/gradient/index.js';
import { BatchNormalization } from '../../graph/rules/gradient/normalisation.js';
import { picksTaps } from '../../graph/rules/gradient/preferred/rectified-pool.js';
import { dataTypes } from '../../graph/schema.js';
import type { Shapes } from '../../graph/shapes.js';
import { sizeOf } from '../../tensor/tensor.js';
import { poolFirst, withPlaces } from '../forms/max-pool.js';
import type { Loss, Phase } from '../recipe.js';
import { trainingBatchNorm } from './batchnorm.js';
import { flattened } from './flattened.js';
import { type Mask, type Statistic, trainable, trainingForward } from './forward.js';
import type { Hyperparameters, Optimiser } from './optimisers/optimiser.js';

/** The names of the graph inputs and outputs of a training step. */
export const names = {
  targets: 'sl.targets',
  weights: 'sl.weights',
  loss: 'sl.loss',
  /** (t - 1) / t in step t, the fraction of all steps so far that come before this one. */
  before: 'sl.before',
  /** The scalars of parameters whose learning rate has a factor of its own have names of their own. */
  scalar: (name: string, pace = 1) => `sl.scalar.${name}${pace === 1 ? '' : `@${pace}`}`,
  /** 1 in the first step of an epoch, else 0; the number of its steps; the share of epochs begun. */
  first: 'sl.epoch.first',
  steps: 'sl.epoch.steps',
  begun: 'sl.epoch.begun',
  start: (parameter: string) => `sl.start.${parameter}`,
  /** The part of a moving average that is kept, and the averages. */
  kept: 'sl.kept',
  average: (parameter: string) => `sl.average.${parameter}`,
  moment: (moment: string, parameter: string) => `sl.${moment}.${parameter}`,
} as const;

/** A network, its loss and the gradients with respect to all parameters. More nodes can be added. */
export interface Differentiated {
  readonly builder: Builder;
  readonly inputs: readonly Value[];
  readonly loss: string;
  /** Parameter -> its gradient. */
  readonly gradients: ReadonlyMap<string, string>;
  readonly statistics: readonly Statistic[];
  readonly masks: ReadonlyMap<string, Mask>;
}

/**
 * Adds the loss and the backward pass to an inference graph. Uses the rules preferred for `engine`, or those
 * that every engine runs. Parameters stay initializers; the `frozen` ones get no gradient, and their
 * BatchNormalizations keep to the running statistics.
 */
export function differentiate(
  inference: Graph,
  known: Shapes,
  loss: Loss,
  engine?: string,
  frozen: (parameter: string) => boolean = () => false,
): Differentiated {
  const { graph, shapes } = pooled(inference, known, engine);
  const { graph: forward, statistics, masks } = trainingForward(graph, shapes, engine, frozen);
  const builder = extend(forward);
  const logits = graph.outputs[0]!.name;
  const [, classes, ...positions] = shapes.get(logits)!.dims as [number, number, ...number[]];
  const { targets, weights, begun } = names;
  const { loss: value, seeds } = loss.emit(builder, { logits, targets, weights, begun, classes });
  const parameters = trainable(graph).filter((parameter) => !frozen(parameter));
  const count = builder.emit('Shape', [targets], { start: int(0), end: int(1) });
  const samples = builder.emit('Cast', [count], { to: int(dataTypes.float32) });
  declareForward(builder, forward, shapes);
  const found = backward(forward, builder, {
    seeds,
    wrt: parameters,
    ruleFor: rulesFor(samples, engine),
    method: 'training',
    engine,
    shapes: new Map([...shapes, ...[...masks].map(([mask, { like }]) => [mask, shapes.get(like)!] as const)]),
  });
  const width = loss.weights === 'sample' ? 1 : classes;
  return {
    builder,
    inputs: [
      graph.inputs[0]!,
      { name: targets, type: 'float32', shape: ['N', classes, ...positions] },
      { name: weights, type: 'float32', shape: ['N', width, ...positions] },
      ...[...masks.keys()].map((name): Value => ({ name, type: 'float32' })),
    ],
    loss: builder.alias(value, names.loss),
    gradients: new Map(
      parameters.flatMap((parameter) => {
        const gradient = found[parameter];
        return gradient === undefined ? [] : [[parameter, gradient]];
      }),
    ),
    statistics,
    masks,
  };
}

/** Declares the shapes of all forward values, for the engine's optimisations. */
function declareForward(builder: Builder, forward: Graph, shapes: Shapes) {
  const [batch] = forward.inputs[0]!.shape ?? [];
  if (typeof batch !== 'string') return;
  for (const name of forward.nodes.flatMap(({ outputs }) => outputs)) {
    const known = shapes.get(name);
    if (known?.type !== 'float32' || known.batchAxis === undefined) continue;
    const shape = known.dims.map((length, axis) => (axis === known.batchAxis ? batch : length));
    builder.declare({ name, type: 'float32', shape });
  }
}

/** Converts max pooling to the form with the cheapest gradient. */
function pooled(graph: Graph, known: Shapes, engine?: string) {
  const swapped = poolFirst(graph, known);
  if (engine !== 'cpu') return swapped;
  const shape = (value: string) => swapped.shapes.get(value)!;
  return withPlaces(swapped.graph, swapped.shapes, (pool) => !picksTaps(pool, { shape }));
}

const steepest = 3e38;

/**
 * dx = dy where y > 0. Multiplies by a HardSigmoid that is steep enough to be a step function, which takes
 * half the time of Where.
 */
const trainingRelu: Rule = (node, [dy], { mul, emit }) => [
  mul(dy!, emit('HardSigmoid', [node.outputs[0]!], { alpha: float(steepest), beta: float(0) })),
];

/** A power of two: times a bound it is exact. Bounds of up to `farthest` stay finite. */
const [steepExact, farthest] = [2 ** 120, 100];

/** dx = dy where low < y < high, by two such step functions; undefined for other than constant bounds. */
function trainingClip(node: Node, [dy]: Parameters<Rule>[1], { known, mul, emit }: Walk) {
  const [y] = node.outputs as [string];
  const inside = node.inputs.slice(1).map((bound, i) => {
    const at = known(bound)?.data[0];
    if (at === undefined || !(Math.abs(Number(at)) <= farthest)) return undefined;
    const steep = i === 0 ? steepExact : -steepExact;
    return emit('HardSigmoid', [y], { alpha: float(steep), beta: float(-steep * Number(at)) });
  });
  if (inside.length !== 2 || inside.includes(undefined)) return undefined;
  return [inside.reduce<string>((value, step) => mul(value, step!), dy!)];
}

/** Rules for the operators that differ in training mode, or have a faster rule there, before all others. */
function rulesFor(samples: string, engine?: string): BackwardOptions['ruleFor'] {
  const byBatch = trainingBatchNorm(samples, engine);
  const changed: Partial<ByOperator<Rule>> = {
    // A frozen one reads running statistics that the file holds.
    BatchNormalization: (node, gradients, walk) =>
      (walk.known(node.inputs[3]!) ? BatchNormalization : byBatch)(node, gradients, walk),
    Clip: (node, gradients, walk) => trainingClip(node, gradients, walk) ?? Clip(node, gradients, walk),
    Relu: trainingRelu,
  };
  return (node) => entryOf(changed, node) ?? gradientRuleOf(node);
}

/**
 * A training step as a graph. The engine carries parameters, moments and running statistics from run to run.
 */
export interface Step {
  readonly graph: Graph;
  /** Output name -> input name. */
  readonly carry: Readonly<Record<string, string>>;
  /** The initial values of the carried inputs. */
  readonly state: Arrays;
  /** The network's parameters and running statistics -> the carried values that stand for them. */
  readonly network: ReadonlyMap<string, string>;
  readonly masks: ReadonlyMap<string, Mask>;
  /** The factors of the learning rate that occur. */
  readonly paces: readonly number[];
  /** The names of the epoch's scalars that it reads. */
  readonly epochScalars: readonly string[];
  /** Whether averages stand for the network's values, which read the scalar `names.kept`. */
  readonly averaged: boolean;
}

/** The step of a network for a loss, with the paces and the update rules of a phase. */
export function trainingStep(
  graph: Graph,
  shapes: Shapes,
  loss: Loss,
  optimiser: Optimiser,
  hyper: Hyperparameters,
  engine?: string,
  { pace: paceIn = () => 1, rules = [], settles }: Pick<Phase, 'pace' | 'rules' | 'settles'> = {},
): Step {
  const pace = (parameter: string) => paceIn(parameter, graph);
  const frozen = (parameter: string) => pace(parameter) === 0;
  const found = differentiate(graph, shapes, loss, engine, frozen);
  const { builder, inputs, gradients, statistics, masks } = found;
  const paces = [...new Set([...gradients.keys()].map(pace))];
  const carry: Record<string, string> = {};
  const state: Record<string, Constant> = {};
  const keep = (input: string, next: string, first: Constant) => {
    carry[next] = input;
    state[input] = first;
  };
  const scalars = Object.keys(scalarFeeds(optimiser, 1, 0, hyper, paces));
  const scalarsOf = (parameter: string) =>
    Object.fromEntries(
      Object.keys(optimiser.scalars(1, 0, hyper)).map((name) => [name, names.scalar(name, pace(parameter))]),
    );
  for (const [parameter, gradient] of gradients) {
    const first = graph.initializers.get(parameter)!;
    const moments = optimiser.moments.map((moment) => names.moment(moment, parameter));
    const decays = first.shape.length > 1;
    const scalars = scalarsOf(parameter);
    const [next, ...nextMoments] = flattened(
      builder,
      first.shape,
      [parameter, gradient, ...moments],
      ([weight, slope, ...held]) =>
        optimiser.update(
          builder,
          { weight: weight!, gradient: slope!, moments: held, scalars, decays },
          hyper,
        ),
    );
    keep(parameter, settles?.(builder, parameter, next!) ?? next!, first);
    for (const [i, moment] of moments.entries()) {
      keep(moment, nextMoments[i]!, float32(new Float32Array(sizeOf(first.shape)), first.shape));
    }
  }
  for (const { running, batch, momentum } of statistics) {
    // The first steps average all batches so far: otherwise the initial values would dominate short
    // trainings.
    const kept = builder.min(momentum, names.before);
    const fresh = builder.sub(1, kept);
    const [old, seen] = [builder.mul(running, kept), builder.mul(batch, fresh)];
    keep(running, builder.add(old, seen), graph.initializers.get(running)!);
  }
  for (const { parameter, update } of rules) {
    const first = graph.initializers.get(parameter)!;
    const begins = names.start(parameter);
    const since = builder.where(builder.greater(names.first, 0), parameter, begins);
    const counts = builder.where(builder.greater(names.weights, 0), names.targets, 0);
    keep(parameter, update(builder, { targets: counts, start: since, steps: names.steps }), first);
    keep(begins, since, first);
  }
  const read = new Set(builder.finish([], []).nodes.flatMap(({ inputs }) => inputs));
  const epochScalars = [names.first, names.steps, names.begun].filter((name) => read.has(name));
  const whole = builder.finish(
    [
      ...inputs,
      ...[...scalars, ...epochScalars].map((name): Value => ({ name, type: 'float32', shape: [] })),
      ...Object.keys(state).map((name): Value => ({ name, type: 'float32' })),
    ],
    [names.loss, graph.outputs[0]!.name, ...Object.keys(carry)].map((name) => ({ name, type: 'float32' })),
  );
  const initializers = new Map([...whole.initializers].filter(([name]) => !(name in state)));
  const ruledParameters = rules.map(({ parameter }) => parameter);
  const own = [...gradients.keys(), ...ruledParameters, ...statistics.map(({ running }) => running)];
  const network = new Map(own.map((name) => [name, name]));
  return {
    graph: { ...whole, initializers },
    carry,
    state,
    network,
    masks,
    paces,
    epochScalars,
    averaged: false,
  };
}

/** The scalar inputs of step `step`, counted from 1. */
export const scalarFeeds = (
  optimiser: Optimiser,
  step: number,
  rate: number,
  hyper: Hyperparameters,
  paces: Step['paces'] = [1],
): Arrays => ({
  [names.before]: scalar((step - 1) / step),
  ...Object.fromEntries(
    paces.flatMap((pace) =>
      Object.entries(optimiser.scalars(step, rate * pace, hyper)).map(([name, value]) => [
        names.scalar(name, pace),
        scalar(value),
      ]),
    ),
  ),
});

/** The network's values among the carried ones, by the names that they have in the inference graph. */
export const networkOf = ({ network }: Step, state: Arrays): Arrays =>
  Object.fromEntries([...network].map(([name, value]) => [name, state[value]!]));

/** Replaces the initial parameters of the inference graph by trained ones. */
export const withParameters = (graph: Graph, trained: Arrays): Graph => ({
  ...graph,
  initializers: new Map([...graph.initializers, ...Object.entries(trained)]),
});
