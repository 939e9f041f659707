import type { Option } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { imageShape } from '../../model/classifier.js';
import { predict } from '../../model/predict.js';
import { sizeOf, zeros } from '../../tensor/tensor.js';
import { baselineFor, baselineOption } from '../input/baseline.js';
import { targetOutputs } from '../input/targets.js';
import { method } from '../method.js';
import { overDraws } from '../program/draws.js';
import { overPatches, patchPlan } from './incremental/index.js';
import type { Box, Span } from './incremental/regions.js';

/** One number for both axes, or one for each: vertical, horizontal. */
const both = (
  doc: string,
  usual: number,
): Option<readonly [number, number], number | readonly number[] | string> => ({
  doc,
  accepts: 'a whole number from 1 to 100000, or two of them (h,w)',
  default: [usual, usual],
  read(given) {
    const parts = Array.isArray(given) ? given : String(given).split(',');
    const [h, w = h] = parts.map(Number);
    const fits = (n: unknown): n is number =>
      Number.isInteger(n) && (n as number) >= 1 && (n as number) <= 1e5;
    return parts.length <= 2 && fits(h) && fits(w) ? [h, w] : undefined;
  },
});

export const occlusion = method({
  name: 'occlusion',
  family: 'perturbation',
  doc: 'What the target output loses where a patch covers the pixel, averaged over the patches that do.',
  paper: cite`Zeiler, Fergus (2014). Visualizing and understanding convolutional networks. arXiv:1311.2901`,
  options: {
    window: both('height and width of the patch, in pixels', 16),
    stride: both('pixels from one patch to the next', 8),
    baseline: baselineOption('what the patch shows'),
  },
  maps: 'input',
  async attribute(request) {
    const { model, input, targets, options, run } = request;
    const image = imageShape(model);
    const { rows, columns } = patchesOf(image, options.window, options.stride);
    const windows = rows.flatMap((row) => columns.map((column): Box => [row, column]));
    const size = sizeOf(model.input.shape);
    const area = image.height * image.width;
    const baseline = baselineFor(options.baseline, input, model, { seed: request.seed });
    const full = targetOutputs(await predict(model, input, run), targets);
    const losses = new Float64Array(targets.length * area);
    const inside = ([[top, bottom], [left, right]]: Box, visit: (pixel: number) => void) => {
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) visit(y * image.width + x);
    };
    const covered = new Float64Array(area);
    for (const window of windows) inside(window, (pixel) => covered[pixel]!++);
    const take = (sample: number, window: number, output: number) => {
      const loss = full.data[sample]! - output;
      inside(windows[window]!, (pixel) => {
        losses[sample * area + pixel]! += loss;
      });
    };
    const plan = patchPlan({ model, rows, columns });
    if (plan) {
      await overPatches(plan, {
        ...{ model, input, baseline, rows, columns, run, label: 'occlusion' },
        take: (sample, window, outputs) => take(sample, window, outputs[targets[sample]!]!),
      });
    } else {
      await overDraws({
        model,
        targets,
        run,
        draws: windows.length,
        label: 'occlusion',
        vary(sample, draw, row) {
          const hidden = new Uint8Array(area);
          inside(windows[draw]!, (pixel) => {
            hidden[pixel] = 1;
          });
          for (let i = 0; i < size; i++)
            row[i] = (hidden[i % area] ? baseline : input).data[sample * size + i]!;
        },
        ask: async (batch, of) => targetOutputs(await predict(model, batch, run), of),
        take: (sample, draw, [output]) => take(sample, draw, output!),
      });
    }
    const map = zeros(input.shape);
    for (let i = 0; i < map.data.length; i++) {
      const pixel = i % area;
      // A stride larger than the window leaves pixels that no patch covers: they have no value.
      map.data[i] = covered[pixel] === 0 ? 0 : losses[Math.floor(i / size) * area + pixel]! / covered[pixel]!;
    }
    return { map, evaluations: { forward: windows.length + 1, backward: 0 } };
  },
});

/** The rows and columns that windows cover; each span of rows is combined with each span of columns. */
export function patchesOf(
  { height, width }: { readonly height: number; readonly width: number },
  [high, wide]: readonly [number, number],
  [down, across]: readonly [number, number],
): { readonly rows: Span[]; readonly columns: Span[] } {
  return { rows: patches(height, high, down), columns: patches(width, wide, across) };
}

/** Spans that windows cover along an axis; the last one is cut at the edge. */
function patches(length: number, window: number, stride: number): Span[] {
  const count = Math.min(Math.ceil(length / stride), Math.max(1, Math.ceil((length - window) / stride) + 1));
  return Array.from({ length: count }, (_, i): Span => [i * stride, Math.min(length, i * stride + window)]);
}
