import type { GivenOptions } from '../../base/options.js';
import { type OptionSpecs, type OptionValues, readOptions } from '../../base/options.js';
import type { Paper } from '../../base/paper.js';
import type { Random } from '../../base/random.js';
import type { Engine } from '../../engine/engine.js';
import { type Builder, startGraph } from '../../graph/builder.js';
import type { Graph } from '../../graph/graph.js';
import type { Normalisation } from '../classifier.js';
import type { StatedNormalisation } from '../normalisation.js';
import type { Phase } from '../recipe.js';

/** Where the layers of an architecture add their nodes, and the random stream for its parameters. */
export interface Net {
  readonly builder: Builder;
  readonly random: Random;
  /** Metadata of the network, which its layers add to. */
  readonly metadata: Record<string, string>;
}

/** The name of a value in the network, and its shape without the batch axis. */
export interface Feature {
  readonly value: string;
  readonly shape: readonly number[];
}

/** What a network that begins with a file is read for. */
export interface Reading {
  /** The images that it is shown. */
  readonly image: readonly [number, number, number];
  /** How these are normalised: as stated, or as the file says. */
  readonly normalisation: StatedNormalisation;
  /** What may run the file's network, to learn its shapes. */
  readonly engine: Engine;
}

/** A network that begins with a file. */
export interface FromFile<S extends OptionSpecs = OptionSpecs> {
  readonly build: Architecture<string, S>['build'];
  /** How the file's network takes its images; undefined where nothing states it. */
  readonly normalisation: Normalisation | undefined;
}

/** A network family. To add one, export a value of this type from its own file and list it in the index. */
export interface Architecture<N extends string = string, S extends OptionSpecs = OptionSpecs> {
  /** The name that selects the architecture. */
  readonly name: N;
  /** One sentence that describes the architecture. */
  readonly doc: string;
  /** The paper that defines the architecture. */
  readonly paper?: Paper;
  /** The declared options. */
  readonly options: S;
  /**
   * Adds the network's nodes, from the image `[C, H, W]` to the logits `[K]`, or `[K, H, W]` where it
   * segments. Shapes leave out the batch axis.
   */
  build(net: Net, image: Feature, classes: number, options: OptionValues<S>): Feature;
  /**
   * Of a network that takes a part of itself from a file: `build` with that part; undefined where the options
   * name no file.
   */
  read?(options: OptionValues<S>, reading: Reading): Promise<FromFile<S> | undefined>;
  /**
   * Adds the nodes up to the last feature maps and returns those of each stage `[C, h, w]`, from the finest
   * to the coarsest, where a network of prototypes or a decoder can stand on them.
   */
  stages?(net: Net, image: Feature, options: OptionValues<S>): readonly Feature[];
  /**
   * Of a network that gives every pixel its logits and learns them from masks: the side of the patches that
   * it is trained on; 0 takes whole images.
   */
  segments?(options: OptionValues<S>): { readonly patch: number };
  /**
   * The phases of its training, in order, where it takes more than the classification loss over all
   * parameters; `epochs` are those asked for.
   */
  phases?(options: OptionValues<S>, epochs: number): readonly Phase[];
}

/** Declares an architecture; keeps the types of its name and options. */
export function architecture<const N extends string, S extends OptionSpecs>(
  declared: Architecture<N, S>,
): Architecture<N, S> {
  return declared;
}

/**
 * Builds an untrained network with input `image` `[N, C, H, W]` and output `logits` `[N, K]` or
 * `[N, K, H, W]`. Draws its parameters from `random`.
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
  const metadata: Record<string, string> = {};
  const { value, shape } = build(
    { builder, random, metadata },
    { value: 'image', shape: inputShape },
    classes,
    options,
  );
  const graph = builder.finish(
    [{ name: 'image', type: 'float32', shape: ['N', ...inputShape] }],
    [{ name: value, type: 'float32', shape: ['N', ...shape] }],
  );
  return { ...graph, metadata: { ...graph.metadata, ...metadata } };
}
