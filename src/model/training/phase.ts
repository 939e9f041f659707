import type { Random } from '../../base/random.js';
import { checkpoint as pause, type RunContext } from '../../base/run.js';
import type { Engine } from '../../engine/engine.js';
import type { Graph } from '../../graph/graph.js';
import { probe } from '../probe.js';
import type { Phase } from '../recipe.js';
import { imageChanger } from './augment/image-threads.js';
import { withAverages } from './average.js';
import { type TrainingState, writeCheckpoint } from './checkpoint.js';
import { paceOf, trainEpoch } from './epoch.js';
import { evaluate, lossesOf } from './evaluate.js';
import { bestOf, type Epoch, type History } from './history.js';
import { lossOf } from './losses.js';
import { optimiserOf } from './optimisers/registry.js';
import { samplerOf } from './sampling/registry.js';
import { severalSteps } from './several.js';
import type { Showing } from './shown.js';
import { networkOf, trainingStep, withParameters } from './step.js';

/** What all phases of a training share. */
export interface Setting extends Showing {
  /** The shape of the patches that a segmentation network is trained on; undefined of a classifier. */
  readonly patches: readonly [number, number, number] | undefined;
  readonly random: Random;
  /** What a resumed training must share with the checkpoint. */
  readonly settings: unknown;
  readonly context: TrainContext;
}

export interface TrainContext {
  readonly engine: Engine;
  readonly run: RunContext;
  /** A `.npz` file, written after each epoch. If it exists, training resumes from it. */
  readonly checkpoint?: string;
  /** Called after each epoch, for example to plot a learning curve. */
  readonly onEpoch?: (history: History) => void | Promise<void>;
  /** Called before the first step with what was chosen where nothing stated it. */
  readonly onNote?: (line: string) => void;
}

/** Where a phase begins. */
export interface Start {
  readonly network: Graph;
  /** Whether `network` is the untrained one. */
  readonly untrained: boolean;
  readonly history: History;
  /** The epochs of all phases. */
  readonly epochs: number;
  /** The state to go on from, of this phase. */
  readonly resumed: TrainingState | undefined;
}

/** The training step of a network in a phase, and how the engine takes it. */
export async function stepOf(phase: Phase, network: Graph, setting: Setting) {
  const { task, options, context, patches } = setting;
  const { engine } = context;
  const shown = patches ? atShape(network, patches) : network;
  const shapes = await probe(shown, shown.inputs[0]!, patches ?? task.inputShape, engine);
  const usual = lossOf(task, options.focus);
  const loss = phase.loss?.(usual, network) ?? usual;
  const optimiser = optimiserOf(options.optimiser);
  const plain = trainingStep(shown, shapes, loss, optimiser, options, engine.name, phase);
  const single = options.average > 0 ? withAverages(plain) : plain;
  const pace = paceOf(engine.name, network);
  return { step: pace.most > 1 ? severalSteps(single) : single, shapes, pace };
}

/** Trains a network through one phase; returns that of its best epoch, and the history up to its end. */
export async function trainPhase(phase: Phase, start: Start, setting: Setting) {
  const { task, options, weights, normalisation, context, settings } = setting;
  const { engine, run, checkpoint } = context;
  const { network } = start;
  const { step, shapes, pace } = await stepOf(phase, network, setting);
  const earlier = start.history.filter((epoch) => !isOf(phase, epoch)).length;
  const epochs = { own: phase.epochs, before: earlier, all: start.epochs };
  let progress: TrainingState = {
    history: start.history,
    ...(!start.untrained && { network: saved(network) }),
    state: start.resumed?.state ?? step.state,
    best: start.resumed?.best ?? {},
  };
  const program = await engine.compile(step.graph, { carry: step.carry, state: progress.state });
  const images = imageChanger(pace.threads, options);
  try {
    while (!finished(progress.history)) {
      const number = progress.history.length + 1;
      const losses = number > epochs.before + 1 ? await lossesBefore(progress.state) : undefined;
      const training = {
        ...setting,
        losses,
        images,
        step,
        shapes,
        program,
        pace,
        epochs,
        phase: phase.name,
        pairs: phase.pairs,
      };
      const done = await trainEpoch(training, number, run);
      const state = await program.state();
      const now = networkOf(step, state);
      const graph = withParameters(network, now);
      const samples = task.validation;
      const scale = { normalisation, weights, views: options.views };
      const validation =
        samples.length > 0 ? await evaluate(graph, engine, task, samples, scale, run) : undefined;
      const named = phase.name && { phase: phase.name };
      const epoch: Epoch = { epoch: number, ...named, ...done, ...(validation && { validation }) };
      const history = [...progress.history, epoch];
      const isBest = phase.keeps === 'last' || bestOf(epochsOf(phase, history), options.monitor) === epoch;
      progress = { ...progress, history, state, best: isBest ? now : progress.best };
      if (checkpoint) await writeCheckpoint(checkpoint, progress, settings);
      await context.onEpoch?.(history);
      await pause(run);
    }
  } finally {
    await Promise.all([program.dispose(), images.close()]);
  }
  return { network: withParameters(network, progress.best), history: progress.history };

  async function lossesBefore(state: TrainingState['state']) {
    if (!samplerOf(options.sampling).byLoss) return undefined;
    const graph = withParameters(network, networkOf(step, state));
    return lossesOf(graph, engine, task, task.train, { normalisation }, run);
  }

  function finished(all: History): boolean {
    const history = epochsOf(phase, all);
    if (history.length >= phase.epochs) return true;
    const { patience, monitor } = options;
    if (patience === 0 || history.length === 0 || phase.keeps === 'last') return false;
    return all.length - bestOf(history, monitor).epoch >= patience;
  }
}

/** A segmentation network that takes and gives another height and width. */
const atShape = (network: Graph, [channels, ...space]: readonly number[]): Graph => {
  const [input, output] = [network.inputs[0]!, network.outputs[0]!];
  return {
    ...network,
    inputs: [{ ...input, shape: ['N', channels!, ...space] }],
    outputs: [{ ...output, shape: ['N', output.shape![1]!, ...space] }],
  };
};

const isOf = (phase: Phase, epoch: Epoch) => (epoch.phase ?? '') === phase.name;

/** The epochs of a phase. */
export const epochsOf = (phase: Phase, history: History): History =>
  history.filter((epoch) => isOf(phase, epoch));

/** What of a network may have changed in earlier phases. */
function saved({ initializers, metadata }: Graph): TrainingState['network'] {
  const parameters = [...initializers].filter(
    ([, { type, shape }]) => type === 'float32' && shape.length > 0,
  );
  return { parameters: Object.fromEntries(parameters), metadata };
}
