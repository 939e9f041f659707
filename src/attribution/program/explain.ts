import type { RunContext } from '../../base/run.js';
import { type Feeds, runRows } from '../../engine/run-rows.js';
import { type BackwardOptions, backward } from '../../graph/backward.js';
import { type Builder, extend } from '../../graph/builder.js';
import type { Graph, Value } from '../../graph/graph.js';
import type { Classifier } from '../../model/classifier.js';
import { dialect } from '../../model/precision.js';
import { batchSizeOf } from '../../model/predict.js';
import { programOf } from '../../model/programs.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';

export type RuleChoice = BackwardOptions['ruleFor'];

/** One backward pass through the model: its rules, its start, and the values where its quantity is read. */
export interface BackwardPass {
  /** The method's name, for errors about operators without a rule. */
  readonly method: string;
  readonly ruleFor: RuleChoice;
  /** The value where it starts: the model's output by default. */
  readonly from?: string;
  /** The quantity at the start: the seed by default. */
  readonly start?: string;
  /** Values whose quantity is returned: the model's input by default. */
  readonly wrt?: readonly string[];
  /**
   * The engine whose preferred forms of rules are used: the model's by default, `any` for forms that every
   * engine runs.
   */
  readonly engine?: string;
}

/** Adds a backward pass's nodes. Returns its quantity at each of `wrt`, zeros where nothing arrives. */
export type WalkBack = (pass: BackwardPass) => Readonly<Record<string, string>>;

export interface Explanation {
  /** Computes the model's input `name` from other feeds, by nodes before all others. */
  readonly front?: { readonly feeds: readonly Value[]; make(builder: Builder, name: string): void };
  /** Further inputs. */
  readonly feeds?: readonly Value[];
  /**
   * Adds the backward passes and what is computed from them and from forward values; returns a value for each
   * output name.
   */
  outputs(builder: Builder, walk: WalkBack): Readonly<Record<string, string>>;
}

export const seedName = 'sl.seed';

/**
 * The one graph of an explanation: the model, the walks back through it, and what is made of them. Its inputs
 * are the model's (or those that it is made of), further ones, and, where there is a walk, the seed: a
 * quantity for each element of the model's output, one at a class to explain its raw output. Another target
 * is explained by a model whose graph and shapes have the nodes that compute it added, and it as the output.
 */
export function explainProgram(model: Classifier, { front, feeds = [], outputs }: Explanation): Graph {
  const { graph, input, output, shapes } = model;
  const builder = front ? withFront(graph, front.make) : extend(graph);
  let seeded = false;
  const walk: WalkBack = ({
    method,
    ruleFor,
    from = output,
    start,
    wrt = [input.name],
    engine = dialect(model),
  }) => {
    seeded = true;
    const seeds = { [from]: start ?? seedName };
    const found = backward(graph, builder, { seeds, wrt, ruleFor, method, shapes, engine });
    const quantity = (value: string) => found[value] ?? builder.sub(value, value);
    return Object.fromEntries(wrt.map((value) => [value, quantity(value)]));
  };
  const made = outputs(builder, walk);
  for (const [name, value] of Object.entries(made)) if (value !== name) builder.alias(value, name);
  const seed = {
    name: seedName,
    type: 'float32',
    shape: ['N', ...shapes.get(output)!.dims.slice(1)],
  } as const;
  return builder.finish(
    [...(front?.feeds ?? graph.inputs), ...feeds, ...(seeded ? [seed] : [])],
    Object.keys(made).map((name) => ({ name, type: 'float32' })),
  );
}

function withFront(graph: Graph, make: (builder: Builder, name: string) => void): Builder {
  const [input] = graph.inputs as [Value];
  const builder = extend({ ...graph, inputs: [] });
  make(builder, input.name);
  builder.declare(input);
  const { nodes, ...made } = builder.finish([], []);
  return extend({ ...made, nodes: [...nodes.slice(graph.nodes.length), ...graph.nodes] });
}

/**
 * One at each row's target and zero elsewhere: the seed that explains the raw output `targets[i]` of row i.
 */
export function oneHot(targets: readonly number[], classes: number): Tensor {
  const seed = zeros([targets.length, classes]);
  for (const [row, target] of targets.entries()) seed.data[row * classes + target] = 1;
  return seed;
}

export interface Asked {
  /** Names the program; equal keys must mean equal graphs. */
  readonly key: string;
  readonly program: () => Explanation;
  /** `[N, ...]` */
  readonly input: Tensor;
  /** `[N, K]`, where the program has a walk. */
  readonly seed?: Tensor;
  readonly run: RunContext;
  /** Largest number of rows in one run. */
  readonly batch?: number;
  /** Further inputs: with as many rows as the input, or the same for every run. */
  readonly feeds?: Feeds;
  readonly fixed?: Feeds;
}

/**
 * Runs an explanation over `[N, ...]` inputs from their seeds, in batches, and returns its outputs by name.
 */
export async function explained(
  model: Classifier,
  { key, program, input, seed, run, batch = batchSizeOf(model), feeds, fixed }: Asked,
): Promise<Readonly<Record<string, Tensor>>> {
  const compiled = await programOf(model, key, () => explainProgram(model, program()));
  const moving = { [model.input.name]: input, ...(seed && { [seedName]: seed }), ...feeds };
  return runRows(compiled, moving, batch, run, fixed);
}
