import { join } from 'node:path';
import { writeWhole } from '../../base/files.js';
import { declaredIn, type GivenOptions, type OptionValues } from '../../base/options.js';
import { permutation, seededRandom } from '../../base/random.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { type DatasetRequest, experimentOn, type PreparedRequest } from '../../benchmark/dataset.js';
import { chosenMethods } from '../../benchmark/plan.js';
import { type Marker, marked, markedClass, markerMask, planted } from '../../benchmark/shortcut/marker.js';
import { openStore } from '../../benchmark/store.js';
import { loadOfTask } from '../../benchmark/task-model.js';
import { trainStage } from '../../benchmark/train-stage.js';
import { inverted } from '../../data/changed-image.js';
import type { Task } from '../../data/sample.js';
import type { Engine } from '../../engine/engine.js';
import { contentsBegunWith, toldTraining } from '../../model/training/begun-with.js';
import { mean } from '../../statistics/bootstrap.js';
import { answersOf, type Right, rightOf } from './answers.js';
import { type Answer, type Explained, explainedBy } from './explained.js';
import { salienceOptions } from './options.js';

export const trainings = ['absent', 'tied', 'independent'] as const;
type Training = (typeof trainings)[number];
/** Trained networks, and as many with the weights that training begins with. */
const kinds = ['trained', 'random'] as const;
type Kind = (typeof kinds)[number];

export interface SalienceRequest {
  readonly data: DatasetRequest | PreparedRequest;
  readonly training: GivenOptions;
  readonly options: OptionValues<typeof salienceOptions>;
  readonly out: string;
  /** The folder for drawn data sets. */
  readonly drawn: string;
}

/** What one method answers: mean relevance of the watermark's place, and what explains it. */
export interface SalienceRow {
  readonly method: string;
  readonly family: string;
  /** By training, in images without the watermark and with it, of trained models. */
  readonly relevance: Readonly<Record<Training, { readonly absent: number; readonly present: number }>>;
  readonly trained: Explained;
  readonly random: Explained;
  /** Maps of zeros, which have no relevance anywhere, are left out. */
  readonly empty: number;
}

/** A salience control: what drives the relevance of a watermark, its presence or its tie to the class. */
export interface Salience {
  readonly task: string;
  readonly target: string;
  readonly images: number;
  readonly models: number;
  /** Mean accuracy of trained models by training, on images without and with the watermark. */
  readonly accuracy: Readonly<
    Record<Training, { readonly absent: number; readonly present: number; readonly tied: number }>
  >;
  readonly methods: readonly SalienceRow[];
  readonly skipped: readonly { readonly method: string; readonly skipped: string }[];
}

/**
 * Plants a watermark in no training image, in those of one class, or in half of all; trains models on each;
 * explains the same test images without and with it (Clark, Oliveira, Wilming, Haufe 2026, arXiv
 * 2602.09238). Says how much of the variance of the watermark's relevance its presence explains, and how
 * much more its tie to the class, beside networks with random weights. An interrupted control resumes.
 * Writes `salience.json`.
 */
export async function salienceControl(
  { data, training, options, out, drawn }: SalienceRequest,
  engine: Engine,
  run: RunContext,
): Promise<Salience> {
  const { seed, models, corner, markerSize, precision, tie } = options;
  const { training: given, told, from, open } = experimentOn(data, training);
  const { methods: wanted, ...settings } = declaredIn(salienceOptions, options);
  const store = await openStore(out, { ...settings, data: told, training: toldTraining(given) });
  const prepared = store.path('prepared');
  const opened = await open(seed, prepared, drawn, run);
  const task = options.invert ? inverted(opened) : opened;
  const { contentHash } = opened.provenance;
  const read = { contentHash, ...(await contentsBegunWith(given)) };
  const target = markedClass(task, options.class);
  const marker = { corner, size: markerSize };
  const [, height, width] = task.inputShape;
  const mask = markerMask(height, width, marker).data;
  const order = permutation(seededRandom(`salience/${seed}`), task.test.length);
  const plain = [...order.slice(0, options.explain)].sort((a, b) => a - b).map((i) => task.test[i]!);
  const shown = { absent: plain, present: plain.map((sample) => marked(sample, marker)) };
  const methods = chosenMethods(wanted);
  const answers: (Answer & { readonly method: string; readonly kind: Kind })[] = [];
  const accuracies: Record<Training, Right[]> = { absent: [], tied: [], independent: [] };
  const skipped = new Map<string, string>();
  const step = run.progress.start('models', trainings.length * models * kinds.length);
  for (const [at, condition] of trainings.entries()) {
    const set = withWatermarks(task, condition, { marker, target, tie }, seed);
    for (const kind of kinds) {
      for (let n = 0; n < models; n++) {
        await checkpoint(run);
        const dir = join(out, `${condition}-${kind}-${n}`);
        const own = await openStore(dir, { model: n, ...read }, from ?? prepared);
        const asked = {
          ...given,
          seed: seed + at * models + n,
          ...(kind === 'random' && { rate: 0, epochs: 1 }),
        };
        await trainStage(set, asked, engine, own, run);
        const model = await loadOfTask(own.path('model.onnx'), task, { engine, precision });
        if (kind === 'trained') accuracies[condition].push(await rightOf(model, shown, target, run));
        const explained = await answersOf(methods, model, set, shown, { mask, options, store: own, run });
        for (const [method, found] of Object.entries(explained)) {
          if ('skipped' in found) skipped.set(method, found.skipped);
          else
            for (const present of [false, true])
              for (const relevance of found[present ? 'present' : 'absent'])
                answers.push({
                  method,
                  kind,
                  training: condition,
                  present,
                  relevance: relevance ?? Number.NaN,
                });
        }
        step.advance();
      }
    }
  }
  step.done();
  const salience: Salience = {
    task: task.name,
    target: task.classes[target]!,
    images: plain.length,
    models,
    accuracy: byTraining((condition) => {
      const own = accuracies[condition];
      const of = (key: keyof Right) => mean(own.map((one) => one[key]));
      return { absent: of('absent'), present: of('present'), tied: of('tied') };
    }),
    methods: methods.flatMap(({ name, family }) => {
      const own = answers.filter(({ method }) => method === name);
      return own.length === 0 ? [] : [{ method: name, family, ...rowOf(own) }];
    }),
    skipped: [...skipped].map(([method, why]) => ({ method, skipped: why })),
  };
  await writeWhole(store.path('salience.json'), `${JSON.stringify(salience, null, 1)}\n`);
  return salience;
}

function rowOf(all: readonly (Answer & { readonly kind: Kind })[]): Omit<SalienceRow, 'method' | 'family'> {
  const defined = all.filter(({ relevance }) => Number.isFinite(relevance));
  const trained = defined.filter(({ kind }) => kind === 'trained');
  return {
    relevance: byTraining((condition) => {
      const of = (present: boolean) =>
        mean(
          trained.flatMap((one) =>
            one.training === condition && one.present === present ? [one.relevance] : [],
          ),
        );
      return { absent: of(false), present: of(true) };
    }),
    trained: explainedBy(trained),
    random: explainedBy(defined.filter(({ kind }) => kind === 'random')),
    empty: all.length - defined.length,
  };
}

const byTraining = <T>(of: (training: Training) => T): Record<Training, T> => ({
  absent: of('absent'),
  tied: of('tied'),
  independent: of('independent'),
});

/** The task with the watermark in its training and validation images. */
function withWatermarks(
  task: Task,
  training: Training,
  { marker, target, tie }: { readonly marker: Marker; readonly target: number; readonly tie: number },
  seed: number,
): Task {
  if (training === 'absent') return task;
  return task.classes.reduce((set, name, k) => {
    const share = training === 'independent' ? 0.5 : k === target ? tie : 1 - tie;
    return planted(set, { marker, target: k, share }, seededRandom(`watermark/${seed}/${name}`));
  }, task);
}
