import type { RunContext } from '../base/run.js';
import type { Sample, Task } from '../data/sample.js';
import type { Engine } from '../engine/engine.js';
import type { Builder } from '../graph/builder.js';
import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * The names of graph values: targets of the logits' shape `[N, K, ...]`, weights already divided by the
 * number of samples, or of pixels, and the share of the phase's epochs that have begun, a scalar.
 */
export interface LossInputs {
  readonly logits: string;
  readonly targets: string;
  readonly weights: string;
  readonly begun: string;
  readonly classes: number;
}

/** A loss function as graph nodes. */
export interface Loss {
  readonly name: string;
  /** The shape of the weights: `[N, 1, ...]` for `sample`, `[N, K, ...]` for `element`. */
  readonly weights: 'sample' | 'element';
  /**
   * Adds the loss's nodes. `seeds` are its derivatives with respect to the values that it reads, such as the
   * logits `[N, K]`, where the backward pass starts.
   */
  emit(
    builder: Builder,
    inputs: LossInputs,
  ): { readonly loss: string; readonly seeds: Readonly<Record<string, string>> };
}

/** Two views of an image that differ in their intensities, at the same places, or in all random changes. */
export type Pairs = 'intensities' | 'all';

/** Epochs in which the same parameters are trained for the same loss. */
export interface Phase {
  /** Its name in progress bars and in the history; empty where a training has only one. */
  readonly name: string;
  readonly epochs: number;
  /** The factor of a parameter's learning rate, 1 by default; 0 keeps the parameter as it is. */
  readonly pace?: (parameter: string, network: Graph) => number;
  /** Parameters that are updated without a gradient; their `pace` has to be 0. */
  readonly rules?: readonly UpdateRule[];
  /** The loss, made from that of the classification; by default the latter alone. */
  readonly loss?: (classification: Loss, network: Graph) => Loss;
  /**
   * What a step makes of a parameter's next value, before it is kept: adds the nodes and returns the value's
   * name, `next` where it stays.
   */
  readonly settles?: (builder: Builder, parameter: string, next: string) => string;
  /** What tells two views of each image, shown in rows that follow each other; undefined shows it once. */
  readonly pairs?: Pairs;
  /** Which epoch's network is kept: that which the monitor finds best, by default, or the last. */
  readonly keeps?: 'best' | 'last';
  /** What becomes of the phase's kept network before the next phase. */
  readonly end?: (network: Graph, context: PhaseContext) => Promise<Graph>;
}

/** How one parameter changes in each step, other than along a gradient. */
export interface UpdateRule {
  readonly parameter: string;
  /** Adds the nodes of the update; returns the parameter's next value. */
  update(builder: Builder, inputs: UpdateInputs): string;
}

/** The names of graph values that an update rule may read. */
export interface UpdateInputs {
  /** `[N, K]`, zero for rows that count in no loss. */
  readonly targets: string;
  /** The parameter's value at the start of the epoch. */
  readonly start: string;
  /** The number of steps in the epoch, a scalar. */
  readonly steps: string;
}

/** What a phase's end may use. */
export interface PhaseContext {
  readonly task: Task;
  readonly engine: Engine;
  readonly run: RunContext;
  /** The network's input `[N, C, H, W]` for samples: their images, normalised. */
  readonly input: (samples: readonly Sample[]) => Tensor;
}
