import { concurrently } from '../../base/concurrently.js';
import { unsupported } from '../../base/errors.js';
import { integer, number, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { checkpoint } from '../../base/run.js';
import { isGpuProvider } from '../../engine/gpu/prepare.js';
import { range } from '../../graph/shapes.js';
import { batchSizeOf, evenSize } from '../../model/batch-size.js';
import { type Classifier, classCount, ownShape, placesOf } from '../../model/classifier.js';
import { rows, zeros } from '../../tensor/tensor.js';
import { comparedOutputs, completeness } from '../input/targets.js';
import { method } from '../method.js';
import { blurredGraph } from './blurred-graph.js';
import { blurredPaths } from './blurred-path.js';

export const blurIg = method({
  name: 'blur-ig',
  family: 'gradient',
  doc: 'Integrated gradients along the path from a blurred image to the image, by the trapezoidal rule.',
  paper: cite`Xu, Venugopalan, Sundararajan (2020). Attribution in scale and space. arXiv:2004.03383`,
  options: {
    steps: integer({ doc: 'parts of the path', default: 50, min: 1, max: 10_000 }),
    sigma: searched(
      number({
        doc: 'standard deviation of the strongest blur, in pixels; it falls evenly to 0',
        default: 50,
        min: 0.01,
        max: 1000,
      }),
      { from: 5, to: 100, draws: 'log' },
    ),
  },
  maps: 'input',
  async attribute(request) {
    const { model, input, targets, options, run } = request;
    const { steps } = options;
    checkSpace(model);
    const sigmas = Array.from({ length: steps + 1 }, (_, part) => (options.sigma * part) / steps);
    const even = isGpuProvider(model.engine.name);
    const most = batchSizeOf(model);
    const together = even ? evenSize(sigmas.length, most) : most;
    const batches = Math.ceil(sigmas.length / together);
    const place = (batch: number) =>
      even ? Math.min(sigmas.length, batch * together) : Math.floor((batch * sigmas.length) / batches);
    const [classes, size] = [classCount(model), input.data.length / targets.length];
    const sums = new Float64Array(input.data.length);
    const [sharp, dull] = [zeros([targets.length, classes]), zeros([targets.length, classes])];
    const program = await blurredPaths(model, together);
    const progress = run.progress.start('blur-ig', targets.length * sigmas.length);
    await concurrently(
      2 * program.sessions,
      targets.length * batches,
      async (job) => {
        await checkpoint(run);
        const sample = Math.floor(job / batches);
        const [from, to] = [place(job % batches), place((job % batches) + 1)];
        const image = rows(input, sample, sample + 1);
        const found = await program.run({
          image,
          target: targets[sample]!,
          sigmas,
          from,
          to,
          rows: even ? together : to - from,
        });
        return { ...found, sample, from, to };
      },
      ({ sum, logits, sample, from, to }) => {
        for (let i = 0; i < size; i++) sums[sample * size + i]! += sum.data[i]!;
        if (from === 0) sharp.data.set(logits.data.subarray(0, classes), sample * classes);
        const last = (steps - from) * classes;
        if (to > steps) dull.data.set(logits.data.subarray(last, last + classes), sample * classes);
        progress.advance(to - from);
      },
    );
    progress.done();
    const map = { data: new Float32Array(sums), shape: input.shape };
    return {
      map,
      ...completeness(map, comparedOutputs(model, { input: sharp, baseline: dull, targets })),
      evaluations: { forward: steps + 1, backward: steps + 1 },
    };
  },
  graph({ model, options: { steps, sigma } }) {
    checkSpace(model);
    const sigmas = range(steps + 1).map((part) => (sigma * part) / steps);
    return blurredGraph(model, sigmas);
  },
});

function checkSpace(model: Classifier): void {
  if (model.input.layout === 'other' && placesOf(model).length !== 3)
    throw unsupported(`blur-ig blurs images and volumes; the model takes [N,${ownShape(model.input)}]`);
}
