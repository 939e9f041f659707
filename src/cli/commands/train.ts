import { usageError } from '../../base/errors.js';
import { checkOutput } from '../../base/files.js';
import { withFile } from '../../base/lock.js';
import { flag, optional, text } from '../../base/options.js';
import { measuresOf } from '../../benchmark/answers.js';
import { chanceText, measuresText } from '../../benchmark/conclusions.js';
import { loadDataset, requireSeveralLabels, trainingFor } from '../../benchmark/dataset.js';
import { mirrorCautions } from '../../benchmark/mirrored.js';
import { openPrepared } from '../../data/prepare/index.js';
import type { Task } from '../../data/sample.js';
import { curvesFigure } from '../../figures/curves.js';
import { exportFigure } from '../../figures/export.js';
import { reliabilityFigure } from '../../figures/reliability.js';
import { aurocBySize, type SizeQuality } from '../../model/training/auroc-by-size.js';
import { type Reliability, reliabilityOf } from '../../model/training/calibration.js';
import { evaluate, evaluated } from '../../model/training/evaluate.js';
import { findRate, type RateTest } from '../../model/training/find-rate.js';
import type { Epoch, History } from '../../model/training/history.js';
import { saveModel } from '../../model/training/metadata.js';
import type { Quality } from '../../model/training/quality.js';
import { type Trained, train } from '../../model/training/train.js';
import type { Tensor } from '../../tensor/tensor.js';
import { command } from '../command.js';
import { sourceFlags, sourceGroups, sourceOf, sources, trainingFlags, trainingOf } from '../data-flags.js';
import { engineFlags, engineFrom } from '../engine-flags.js';

export const trainCommand = command({
  name: 'train',
  summary:
    'Trains a classifier, a regression or a segmentation network, and writes it with its classes and preprocessing to one .onnx file; an interrupted training resumes after its last epoch.',
  flags: {
    ...sourceFlags,
    ...trainingFlags,
    ...engineFlags,
    out: text({ doc: 'the .onnx file; the checkpoint is beside it', default: '' }),
    findRate: flag({
      doc: 'instead of training, raise the learning rate step by step, print which to take, and draw the losses to --out (.html, .svg, .pdf or .png)',
      default: false,
    }),
    reliability: optional(
      text({ doc: 'file for a diagram of how far probabilities of test images can be trusted', default: '' }),
    ),
    draw: text({ doc: 'folder for prepared sets and drawn phantoms', default: 'data' }),
    json: flag({ doc: 'print the result as JSON', default: false }),
  },
  groups: { ...sourceGroups, Training: trainingFlags },
  required: ['out'],
  oneOf: sources,
  examples: [
    'sightline train --dataset phantom --out outputs/phantom.onnx',
    'sightline train --dataset phantom --architecture unet --patch 0 --out outputs/unet.onnx',
    'sightline train --data data/codras --out outputs/codras.onnx --epochs 40 --augment flip,rotate --class-weights balanced',
    'sightline train --data data/codras --architecture resnet-fine --find-rate --out outputs/rates.svg',
    'sightline train --dataset clinical --task stated-value --task-option attribute=burden --out outputs/burden.onnx',
    'sightline train --dataset bccd --root data/raw/bccd --task tiles --architecture cnn --out outputs/bccd.onnx',
  ],
  async run({ flags, print, warn, run }) {
    const { out, json } = flags;
    const say = json ? () => {} : print;
    if (!flags.findRate && !out.endsWith('.onnx'))
      throw usageError(`--out got '${out}'; it takes a file that ends in .onnx`);
    await checkOutput(out);
    const source = sourceOf(flags);
    const own = trainingOf(flags);
    const usual = 'prepared' in source ? own : trainingFor(source.dataset, own);
    const given = { ...usual, seed: flags.seed };
    const task = await openTask();
    requireSeveralLabels(task);
    for (const line of about(task)) say(line);
    for (const line of mirrorCautions(task.provenance.dataset, usual.augment)) warn(line);
    const engine = await engineFrom(flags, run);
    if (flags.findRate) {
      const { steps, rate } = await findRate(task, given, { engine, run, onNote: warn });
      await exportFigure(rateFigure(steps), out);
      print(
        json
          ? JSON.stringify({ out, rate, steps }, null, 2)
          : `rate ${rate.toPrecision(2)}; losses in ${out}`,
      );
      return;
    }
    let told = 0;
    const onEpoch = (history: History) => {
      if (told === 0 && history.length > 1) say(`epochs 1 to ${history.length - 1} were done before`);
      told = history.length;
      say(epochLine(history.at(-1)!));
    };
    const checkpoint = `${out}.training.npz`;
    const trained = await withFile(checkpoint, async () => {
      const made = await train(task, given, { engine, run, checkpoint, onEpoch, onNote: warn });
      await saveModel(out, made);
      return made;
    });
    const { graph, normalisation, history, best } = trained;
    if (told === 0) say(`all ${history.length} epochs were done before`);
    say(`best of ${history.length} epochs: ${best.epoch}`);
    const weights = task.classes.map(() => 1);
    const scale = { normalisation, weights };
    const tested =
      task.test.length > 0 ? await evaluated(graph, engine, task, task.test, scale, run) : undefined;
    const test = tested?.quality;
    const measures = tested?.outputs && measuresOf(tested.outputs, task);
    if (test) say(`test ${measures ? measuresText(measures) : quality(test)}`);
    if (measures?.chance !== undefined) say(chanceText(measures.chance));
    const { views } = trained.options;
    const testViews =
      test && views !== 'none'
        ? await evaluate(graph, engine, task, task.test, { ...scale, views }, run)
        : undefined;
    if (testViews) say(`test, mean of views (${views}) ${quality(testViews)}`);
    const scores = task.regression ? undefined : tested?.outputs;
    const bySize =
      scores && task.classes.length === 2 && !task.multiLabel ? aurocBySize(scores, task.test) : [];
    if (bySize.length > 1) say(bySizeLine(bySize));
    const calibration = scores && (await calibrated(trained, scores));
    // NaN, of what is undefined for these images, becomes null.
    print(
      json
        ? JSON.stringify(
            {
              out,
              classes: task.classes,
              best,
              test: test && { ...test, ...measures },
              testViews,
              bySize,
              calibration,
              history,
            },
            null,
            2,
          )
        : out,
    );

    /** The calibration of the validation images, and the reliability of the test images by it. */
    async function calibrated({ calibration }: Trained, logits: Tensor) {
      if (!calibration) return undefined;
      const { temperature, range } = calibration;
      const bound = range ? `, an end of the range tried (${range.join(' to ')}): none within fits best` : '';
      const [plain, scaled] = [1, temperature].map((by) =>
        reliabilityOf(logits, task.test, task.multiLabel, by),
      ) as [Reliability, Reliability];
      say(
        `temperature ${temperature.toFixed(2)} by validation images${bound}; calibration error of test images ${plain.error.toFixed(3)}, with it ${scaled.error.toFixed(3)}`,
      );
      const lines = [
        { name: 'as trained', ...plain },
        { name: `temperature ${temperature.toFixed(2)}`, ...scaled },
      ];
      if (flags.reliability) await exportFigure(reliabilityFigure(lines), flags.reliability);
      return { ...calibration, test: { before: plain.error, after: scaled.error, bins: scaled.bins } };
    }

    async function openTask(): Promise<Task> {
      if ('prepared' in source) return openPrepared(source.prepared);
      const { dataset, ...request } = source;
      return loadDataset(dataset, { ...request, seed: flags.seed, data: flags.draw }, run);
    }
  },
});

const rateFigure = (steps: RateTest['steps']) =>
  curvesFigure(
    (['loss', 'smooth'] as const).map((key) => ({
      name: key === 'loss' ? 'each step' : 'smoothed',
      x: steps.map(({ rate }) => rate),
      y: steps.map((step) => step[key]),
    })),
    { x: 'learning rate', y: 'loss', log: 'x' },
  );

const about = ({ name, classes, train, validation, test }: Task) => [
  `${name}: ${classes.join(', ')}`,
  `${train.length} training, ${validation.length} validation, ${test.length} test images`,
];

function epochLine({ epoch, train, validation }: Epoch): string {
  const right = Number.isNaN(train.accuracy) ? '' : `, accuracy ${percent(train.accuracy)}`;
  const now = `epoch ${epoch}: loss ${train.loss.toFixed(4)}${right}`;
  return validation ? `${now}; validation loss ${validation.loss.toFixed(4)}, ${quality(validation)}` : now;
}

function quality({ accuracy, balancedAccuracy, auroc, dice, iou, mae, r2 }: Quality): string {
  const shown = (value: number) => (Number.isNaN(value) ? 'undefined' : value.toFixed(3));
  if (dice !== undefined && iou !== undefined)
    return `Dice ${shown(dice)}, IoU ${shown(iou)}, pixel accuracy ${percent(accuracy)}`;
  if (mae !== undefined && r2 !== undefined)
    return `mean absolute error ${mae.toPrecision(3)}, R2 ${shown(r2)}`;
  return `accuracy ${percent(accuracy)}, balanced ${percent(balancedAccuracy)}, AUROC ${shown(auroc)}`;
}

const bySizeLine = (thirds: readonly SizeQuality[]) =>
  `test AUROC by annotated area: ${thirds
    .map(
      ({ upTo, images, auroc }) =>
        `${auroc.toFixed(3)} up to ${(100 * upTo).toPrecision(2)} % (${images} images)`,
    )
    .join(', ')}`;

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
