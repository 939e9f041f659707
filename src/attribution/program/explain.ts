import type { RunContext } from '../../base/run.js';
import type { Feeds } from '../../engine/run-rows.js';
import { backward } from '../../graph/backward.js';
import { type Builder, extend } from '../../graph/builder.js';
import type { Graph, Value } from '../../graph/graph.js';
import type { Classifier } from '../../model/classifier.js';
import { dialect } from '../../model/precision.js';
import { rowsProgram } from '../../model/rows-program.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import type { Front, WalkBack } from '../map-graph.js';

export interface Explanation {
  readonly front?: Front;
  /** Additional graph inputs. */
  readonly feeds?: readonly Value[];
  /**
   * Adds the backward passes and the nodes that combine their results. Returns a value for each output name.
   */
  outputs(builder: Builder, walk: WalkBack): Readonly<Record<string, string>>;
}

export const seedName = 'sl.seed';

/**
 * Builds the graph of an explanation: the model, its backward passes and their combination. The inputs are
 * those of the model (or of `front`), the additional feeds and, with a backward pass, the seed `[N, K]`: one
 * value per raw output. To explain a quantity other than a raw output, pass a model whose graph computes it
 * and whose `output` names it.
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
    seeded ||= start === undefined;
    const seeds = { [from]: start ?? seedName };
    const found = backward(graph, builder, { seeds, wrt, ruleFor, method, shapes, engine });
    const quantity = (value: string) => found[value] ?? builder.sub(value, value);
    return Object.fromEntries(wrt.map((value) => [value, quantity(value)]));
  };
  const made = outputs(builder, walk);
  seeded ||= builder.finish([], []).nodes.some(({ inputs }) => inputs.includes(seedName));
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

/** The seed that explains the raw output `targets[i]` of row i: 1 at the target, 0 elsewhere. */
export function oneHot(targets: readonly number[], classes: number): Tensor {
  const seed = zeros([targets.length, classes]);
  for (const [row, target] of targets.entries()) seed.data[row * classes + target] = 1;
  return seed;
}

export interface Asked {
  /** The key of the compiled program; equal keys must mean equal graphs. */
  readonly key: string;
  readonly program: () => Explanation;
  /** `[N, ...]` */
  readonly input: Tensor;
  /** `[N, K]`, required when the program has a backward pass. */
  readonly seed?: Tensor;
  readonly run: RunContext;
  /** The largest number of rows of one run. */
  readonly batch?: number;
  /** Additional inputs: `feeds` with as many rows as the input, `fixed` the same for every run. */
  readonly feeds?: Feeds;
  readonly fixed?: Feeds;
}

/** Runs an explanation on `input` `[N, ...]` in batches. Returns its outputs by name. */
export async function explained(
  model: Classifier,
  { key, program, input, seed, run, batch, feeds, fixed }: Asked,
): Promise<Readonly<Record<string, Tensor>>> {
  const build = () => explainProgram(model, program());
  const compiled = await rowsProgram(model, key, build, input.shape[0]!, batch);
  const moving = { [model.input.name]: input, ...(seed && { [seedName]: seed }), ...feeds };
  return compiled.run(moving, run, fixed);
}
