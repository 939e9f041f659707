import { usageError } from '../../base/errors.js';
import { type Option, optional, searched } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { isTable, spaceOf } from '../../model/classifier.js';
import { predictExactly } from '../../model/predict.js';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { overPatches, patchPlan } from '../incremental/index.js';
import type { Box, Span } from '../incremental/regions.js';
import { baselineFor, inpainted, localBaselineOption, localBaselines } from '../input/baseline.js';
import { budgetOption } from '../input/budget-option.js';
import { comparedOutputs, targetOutputs } from '../input/targets.js';
import { method } from '../method.js';
import { overDraws } from '../program/draws.js';

/** A length per axis (height, width) from one number for all axes or one for each. */
const each = (doc: string): Option<readonly number[] | undefined, number | readonly number[] | string> =>
  optional({
    doc,
    accepts: 'a whole number from 1 to 100000, or one for each axis (h,w; of a volume d,h,w)',
    read(given) {
      const parts = Array.isArray(given) ? given : String(given).split(',');
      const lengths = parts.map(Number);
      const fits = (n: unknown): n is number =>
        Number.isInteger(n) && (n as number) >= 1 && (n as number) <= 1e5;
      return lengths.length >= 1 && lengths.length <= 3 && lengths.every(fits) ? lengths : undefined;
    },
  });

/** A share of each side, at least a pixel and at most `most`: a patch must not cover all of a small image. */
const shareOf = (space: readonly number[], parts: number, most: number) =>
  space.map((length) => Math.min(most, Math.max(1, Math.floor(length / parts))));

export const occlusion = method({
  name: 'occlusion',
  family: 'perturbation',
  doc: 'What the target output loses where a patch covers the pixel, averaged over the patches that do.',
  paper: cite`Zeiler, Fergus (2014). Visualizing and understanding convolutional networks. arXiv:1311.2901`,
  options: {
    window: searched(
      each(
        'height and width of the patch, in pixels; by default a quarter of each side rounded down, at most 16, and of a table one feature; the last patch is cut at the edge',
      ),
      {
        among: [2, 4, 8, 16, 32, 48],
      },
    ),
    stride: each(
      'pixels from one patch to the next; by default an eighth of each side rounded down, at most 8, and of a table one feature',
    ),
    budget: budgetOption('stride: the smallest that takes no more'),
    baseline: searched(localBaselineOption('what the patch shows'), localBaselines),
  },
  maps: 'input',
  async attribute(request) {
    const { model, input, targets, options, run } = request;
    const space = spaceOf(model);
    const [widest, furthest] = isTable(model.input) ? [1, 1] : [16, 8];
    const { window = shareOf(space, 4, widest), stride = shareOf(space, 8, furthest) } = options;
    const spans =
      options.budget === undefined
        ? spansOf(space, window, stride)
        : spansWithin(options.budget - 1, space, window);
    const windows = spans.reduce<readonly (readonly Span[])[]>(
      (boxes, along) => boxes.flatMap((box) => along.map((span) => [...box, span])),
      [[]],
    );
    const size = sizeOf(model.input.shape);
    const area = sizeOf(space);
    const whole = await predictExactly(model, input, run);
    const full = targetOutputs(whole, targets);
    const losses = new Float64Array(targets.length * area);
    const inside = (box: readonly Span[], visit: (pixel: number) => void, axis = 0, before = 0) => {
      const [from, to] = box[axis]!;
      for (let i = from; i < to; i++) {
        const at = before * space[axis]! + i;
        if (axis === space.length - 1) visit(at);
        else inside(box, visit, axis + 1, at);
      }
    };
    const covered = new Float64Array(area);
    for (const window of windows) inside(window, (pixel) => covered[pixel]!++);
    const take = (sample: number, window: number, output: number) => {
      const loss = full.data[sample]! - output;
      inside(windows[window]!, (pixel) => {
        losses[sample * area + pixel]! += loss;
      });
    };
    const mapOf = () => {
      const map = zeros(input.shape);
      for (let i = 0; i < map.data.length; i++) {
        const pixel = i % area;
        map.data[i] =
          covered[pixel] === 0 ? 0 : losses[Math.floor(i / size) * area + pixel]! / covered[pixel]!;
      }
      return map;
    };
    const evaluations = { forward: windows.length + 1, backward: 0 };
    const notes = [...wholeNote(windows, space), ...gapsNote(covered)];
    /** Hides some of the windows, by their number, behind a baseline. */
    const hide = async (baseline: Tensor, chosen: readonly number[]) => {
      const boxes = chosen.map((window) => windows[window] as Box);
      const plan = model.input.layout === 'other' ? undefined : patchPlan({ model, boxes });
      if (plan) {
        await overPatches(plan, {
          ...{ model, input, baseline, boxes, run, label: 'occlusion' },
          take: (sample, window, outputs) => take(sample, chosen[window]!, outputs[targets[sample]!]!),
        });
        return;
      }
      await overDraws({
        ...{ model, targets, run, draws: chosen.length, label: 'occlusion' },
        vary(sample, draw, row) {
          const hidden = new Uint8Array(area);
          inside(windows[chosen[draw]!]!, (pixel) => {
            hidden[pixel] = 1;
          });
          for (let i = 0; i < size; i++)
            row[i] = (hidden[i % area] ? baseline : input).data[sample * size + i]!;
        },
        ask: async (batch, of) => targetOutputs(await predictExactly(model, batch, run), of),
        take: (sample, draw, [output]) => take(sample, chosen[draw]!, output!),
      });
    };
    if (options.baseline !== 'inpaint') {
      const baseline = baselineFor(options.baseline, input, model, { seed: request.seed });
      await hide(baseline, [...windows.keys()]);
      const compared = comparedOutputs(model, {
        ...{ input: whole, targets },
        baseline: await predictExactly(model, baseline, run),
      });
      return { map: mapOf(), compared, evaluations, notes };
    }
    // Windows that do not overlap are filled in side by side, in one baseline.
    const [rows, columns] = spans;
    if (spans.length !== 2 || !rows || !columns) throw usageError("baseline 'inpaint' needs images");
    for (const down of disjoint(rows)) {
      for (const across of disjoint(columns)) {
        const chosen = down.flatMap((y) =>
          across.map((x) => rows.indexOf(y) * columns.length + columns.indexOf(x)),
        );
        const parts = new Int32Array(area).fill(-1);
        for (const window of chosen) {
          inside(windows[window]!, (pixel) => {
            parts[pixel] = window;
          });
        }
        const filled = inpainted(input, model, () => parts);
        await hide(filled, chosen);
      }
    }
    return { map: mapOf(), evaluations, notes };
  },
});

/** Says that the only patch covers the whole input. */
function wholeNote(windows: readonly (readonly Span[])[], space: readonly number[]): string[] {
  const isWhole = windows.every((window) =>
    window.every(([from, to], axis) => from === 0 && to >= space[axis]!),
  );
  if (!isWhole) return [];
  return [`the patch covers the whole input [${space}]; option window takes less`];
}

/** Says that a stride larger than the window leaves pixels under no patch, whose value is 0. */
function gapsNote(covered: Float64Array): string[] {
  const missed = covered.reduce((count, patches) => count + (patches === 0 ? 1 : 0), 0);
  if (missed === 0) return [];
  return [
    `${missed} of ${covered.length} pixels are under no patch and 0 in the map; option stride takes at most the window`,
  ];
}

/** The spans that windows cover along each axis; the patches are all combinations. */
function spansOf(space: readonly number[], window: readonly number[], stride: readonly number[]): Span[][] {
  for (const [name, given] of Object.entries({ window, stride })) {
    if (given.length > 1 && given.length !== space.length)
      throw usageError(
        `option '${name}' has ${given.length} lengths; the input's positions have ${space.length} axes [${space}]`,
      );
  }
  return space.map((length, axis) => patches(length, window[axis] ?? window[0]!, stride[axis] ?? stride[0]!));
}

/** The spans of the smallest stride, the same along all axes, of no more than `most` patches. */
function spansWithin(most: number, space: readonly number[], window: readonly number[]): Span[][] {
  for (let stride = 1; ; stride++) {
    const spans = spansOf(space, window, [stride]);
    if (spans.reduce((product, along) => product * along.length, 1) <= most) return spans;
  }
}

/** Spans in groups that do not overlap. */
function disjoint(spans: readonly Span[]): Span[][] {
  const apart = spans.findIndex(([from]) => from >= spans[0]![1]);
  const count = apart === -1 ? spans.length : apart;
  return Array.from({ length: count }, (_, first) => spans.filter((_span, i) => i % count === first));
}

/** The boxes that windows cover, columns innermost. */
export function patchesOf(
  { height, width }: { readonly height: number; readonly width: number },
  window: readonly [number, number],
  stride: readonly [number, number],
): Box[] {
  const [rows, columns] = spansOf([height, width], window, stride) as [Span[], Span[]];
  return rows.flatMap((down) => columns.map((across): Box => [down, across]));
}

/** The spans that windows cover along an axis; the last one is clipped at the edge. */
function patches(length: number, window: number, stride: number): Span[] {
  const count = Math.min(Math.ceil(length / stride), Math.max(1, Math.ceil((length - window) / stride) + 1));
  return Array.from({ length: count }, (_, i): Span => [i * stride, Math.min(length, i * stride + window)]);
}
