// What must compile and what must not: checked by `npm run typecheck`, and as a notebook sees it by
// option-types.test.ts.
import {
  attribute,
  benchmark,
  type Classifier,
  explain,
  type Heat,
  loadDataset,
  method,
  methods,
  metric,
  number,
  type Sample,
  type Scored,
  score,
  scoreAll,
  scoreMap,
  type Task,
  type Tensor,
  trainModel,
} from '../index.js';

/** A method and a metric as a notebook's cell declares them. */
export const powered = method({
  name: 'powered-input',
  family: 'baseline',
  doc: 'The input, raised to a power.',
  options: { power: number({ doc: 'of each value', default: 2 }) },
  maps: 'input',
  attribute: async ({ input, options }) => ({
    map: { data: input.data.map((value) => value ** options.power), shape: input.shape },
    evaluations: { forward: 0, backward: 0 },
  }),
});

export const greatestShare = metric({
  name: 'greatest-share',
  category: 'complexity',
  doc: 'The part of the map that its greatest pixel has.',
  options: { factor: number({ doc: 'what it is multiplied with', default: 1 }) },
  ...{
    direction: 'higher',
    range: [0, 1],
    reads: 'absolute',
    ties: 'none',
    needs: [],
    invariantTo: ['scale'],
  },
  undefinedFor: { emptyMask: 'not read', flatMap: 'undefined', nan: 'undefined' },
  score: ({ map: { data } }, { factor }) => ({
    value: (factor * Math.max(...data)) / data.reduce((a, b) => a + b),
  }),
});

export async function compiles(
  model: Classifier,
  sample: Sample,
  heat: Heat,
  task: Task,
  scored: Scored,
  batch: Tensor,
  name: string,
) {
  await explain(model, sample, 'lrp', { composite: 'gamma', gamma: 0.1, target: 1, seed: 3 });
  await explain(model, sample, 'occlusion', { window: [8, 4], stride: 4, baseline: 'mean' });
  await explain(model, sample, methods.rise, { masks: 10 });
  await explain(model, sample, powered, { power: 3 });
  await explain(model, sample, name, { anything: 1 });
  await attribute(model, 'smoothgrad', batch, [0], { samples: 5 }, { seed: 1 });
  await score(heat, ['pointing-game', greatestShare]);
  await scoreMap('deletion', scored, { steps: 3 });
  await scoreAll({ heat }, [greatestShare]);
  await benchmark({ dataset: 'phantom', out: 'x', methods: ['gradcam', powered], metrics: [greatestShare] });
  await trainModel(task, 'x.onnx', { architecture: 'cnn', depth: 2, epochs: 3, onEpoch: () => {} });
  await trainModel(task, 'x.onnx', { rate: 0.01, classWeights: 'balanced' });
  await benchmark({
    ...{
      dataset: 'phantom',
      out: 'x',
      datasetOptions: { images: 9 },
      task: 'tiles',
      taskOptions: { size: 64 },
    },
    training: { architecture: 'cnn', depth: 2, epochs: 3 },
  });
  await loadDataset('bccd', { root: 'x', task: 'presence' });
  // @ts-expect-error: an option of another reformulation
  await loadDataset('bccd', { root: 'x', task: 'presence', taskOptions: { overlap: 0.5 } });
  // @ts-expect-error: no such option of the data set
  await loadDataset('phantom', { datasetOptions: { imgaes: 9 } });
  // @ts-expect-error: a number
  await benchmark({ dataset: 'phantom', out: 'x', training: { epochs: 'many' } });
  // @ts-expect-error: an option of another network
  await benchmark({ dataset: 'phantom', out: 'x', training: { architecture: 'logistic', depth: 2 } });
  // @ts-expect-error: an option of another network
  await trainModel(task, 'x.onnx', { architecture: 'logistic', depth: 2 });
  // @ts-expect-error: a number
  await trainModel(task, 'x.onnx', { epochs: 'many' });
  // @ts-expect-error: lrp has no such option
  await explain(model, sample, 'lrp', { epsiln: 1 });
  // @ts-expect-error: a number
  await explain(model, sample, 'lrp', { epsilon: '1' });
  // @ts-expect-error: no such composite
  await explain(model, sample, 'lrp', { composite: 'gama' });
  // @ts-expect-error: options are not spelled as on a command line
  await explain(model, sample, 'lrp', { 'zero-bias': true });
  // @ts-expect-error: an option of another method
  await attribute(model, 'gradcam', batch, [0], { masks: 3 });
  // @ts-expect-error: a method's value knows its options, too
  await explain(model, sample, methods.rise, { mask: 3 });
  // @ts-expect-error: so does one's own
  await explain(model, sample, powered, { power: 'two' });
  // @ts-expect-error: a metric's options
  await scoreMap('deletion', scored, { step: 3 });
  // @ts-expect-error: no method
  await benchmark({ dataset: 'phantom', out: 'x', methods: [greatestShare] });
}
