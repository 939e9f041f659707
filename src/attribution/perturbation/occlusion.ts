import { integer, type Option } from '../../base/options.js';
import { predict } from '../../model/predict.js';
import { sizeOf, zeros } from '../../tensor/tensor.js';
import { baselineFor, baselineOption } from '../baseline-value.js';
import { overDraws } from '../draws.js';
import { method } from '../method.js';
import { imageShape, pixelIndex } from '../pixels.js';
import { targetOutputs } from '../targets.js';

/** Height and width of the occluding patch. */
const windowOption: Option<readonly [number, number]> = {
  doc: 'height and width of the patch, in pixels',
  accepts: 'a whole number of at least 1, or two of them (h,w)',
  default: [16, 16],
  read(given) {
    const parts = Array.isArray(given) ? given : String(given).split(',');
    const [h, w = h] = parts.map(Number);
    const whole = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 1;
    return parts.length <= 2 && whole(h) && whole(w) ? [h, w] : undefined;
  },
};

export const occlusion = method({
  name: 'occlusion',
  family: 'perturbation',
  doc: 'What the target output loses where a patch covers the pixel, averaged over the patches that do.',
  paper: {
    authors: 'Zeiler, Fergus',
    year: 2014,
    title: 'Visualizing and understanding convolutional networks',
    id: 'arXiv:1311.2901',
  },
  options: {
    window: windowOption,
    stride: integer({ doc: 'pixels from one patch to the next', default: 8, min: 1, max: 100_000 }),
    baseline: baselineOption('what the patch shows'),
  },
  maps: 'input',
  async attribute(request) {
    const { model, input, targets, options, run } = request;
    const image = imageShape(model);
    const [high, wide] = options.window;
    const tops = starts(image.height, high, options.stride);
    const lefts = starts(image.width, wide, options.stride);
    const windows = tops.flatMap((top) => lefts.map((left) => ({ top, left })));
    const size = sizeOf(model.input.shape);
    const area = image.height * image.width;
    const baseline = baselineFor(options.baseline, input, model, { seed: request.seed });
    const at = pixelIndex(model);
    const full = targetOutputs(await predict(model, input, run), targets);
    const losses = new Float64Array(targets.length * area);
    const inside = ({ top, left }: { top: number; left: number }, visit: (pixel: number) => void) => {
      for (let y = top; y < Math.min(image.height, top + high); y++) {
        for (let x = left; x < Math.min(image.width, left + wide); x++) visit(y * image.width + x);
      }
    };
    const covered = new Float64Array(area);
    for (const window of windows) inside(window, (pixel) => covered[pixel]!++);
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
        for (let i = 0; i < size; i++) row[i] = (hidden[at(i)] ? baseline : input).data[sample * size + i]!;
      },
      ask: async (batch, of) => targetOutputs(await predict(model, batch, run), of),
      take(sample, draw, [output]) {
        const loss = full.data[sample]! - output!;
        inside(windows[draw]!, (pixel) => {
          losses[sample * area + pixel]! += loss;
        });
      },
    });
    const map = zeros(input.shape);
    for (let i = 0; i < map.data.length; i++) {
      const pixel = at(i % size);
      // A stride larger than the window leaves pixels that no patch covers: nothing is known of them.
      map.data[i] = covered[pixel] === 0 ? 0 : losses[Math.floor(i / size) * area + pixel]! / covered[pixel]!;
    }
    return { map, evaluations: { forward: windows.length + 1, backward: 0 } };
  },
});

/** Where windows start along an axis; the last one may reach past the edge, where it is cut. */
function starts(length: number, window: number, stride: number): number[] {
  const count = Math.max(1, Math.ceil((length - window) / stride) + 1);
  return Array.from({ length: count }, (_, i) => i * stride);
}
