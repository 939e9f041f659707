import type { GivenOptions } from '../../base/options.js';
import { type OptionSpecs, type OptionValues, readOptions } from '../../base/options.js';
import type { Paper } from '../../base/paper.js';
import type { Random } from '../../base/random.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import type { Graph } from '../../graph/graph.js';

/** Where an architecture's layers add their nodes, and the random stream for its parameters. */
export interface Net {
  readonly builder: Builder;
  readonly random: Random;
}

/** A value inside a network, and its shape without the batch axis. */
export interface Feature {
  readonly value: string;
  readonly shape: readonly number[];
}

/** One network family: a value of this type in its own file, and one export line in the index. */
export interface Architecture<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  /** The name by which architectures are chosen. */
  readonly name: N;
  /** One sentence on what it is. */
  readonly doc: string;
  /** The paper that defines it. */
  readonly paper?: Paper;
  /** Declared options. */
  readonly options: S;
  /** Adds the network's nodes: from the image `[C, H, W]` to the logits `[K]`. */
  build(net: Net, image: Feature, classes: number, options: OptionValues<S>): Feature;
}

/** Declares an architecture; the types of its name and options are kept. */
export function architecture<const N extends string, S extends OptionSpecs>(
  declared: Architecture<N, S>,
): Architecture<N, S> {
  return declared;
}

/**
 * An untrained network: input `image` `[N, C, H, W]`, output `logits` `[N, K]`, parameters drawn from
 * `random`.
 */
export function buildNetwork(
  { name, options: specs, build }: Architecture,
  inputShape: readonly [number, number, number],
  classes: number,
  given: GivenOptions,
  random: Random,
): Graph {
  const builder = startGraph(name);
  const options = readOptions(specs, given, `architecture ${name}`);
  const { value } = build({ builder, random }, { value: 'image', shape: inputShape }, classes, options);
  return builder.finish(
    [{ name: 'image', type: 'float32', shape: ['N', ...inputShape] }],
    [{ name: value, type: 'float32', shape: ['N', classes] }],
  );
}
