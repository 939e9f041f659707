import { is } from '../graph/catalogue/index.js';
import { numbers } from '../graph/elements.js';
import type { Graph, Node } from '../graph/graph.js';
import { range } from '../graph/shapes.js';

/** Pixels that a graph takes as they are, by the name of a standard normalisation. */
export type PixelRange = 'zero-one' | '0-255';

export const pixelsInWords = (range: PixelRange): string =>
  range === '0-255' ? 'pixels of 0 to 255' : 'pixels of 0 to 1';

/** What pixels of 0 to 1 are usually normalised by. */
const usual = { mean: [0.05, 0.95], std: [0.1, 0.55] } as const;
/**
 * Bytes are scaled by less than the greatest scale, or their mean is greater than the least. They become
 * more than next to nothing, as they would by the scale of 12 or 16 bits, and their mean is near a byte, as
 * that of Hounsfield units need not be.
 */
const ofBytes = { scale: [0.5 / 255, 0.02], mean: [10, 265] } as const;

/** The range of pixels that a graph normalises itself, right behind its input, if it does. */
export function pixelRangeOf({ nodes, initializers }: Graph, input: string): PixelRange | undefined {
  let value = input;
  let lines: readonly Line[] = [{ scale: 1, shift: 0 }];
  for (;;) {
    const readers = nodes.filter((node) => node.inputs.includes(value) && !is(node, 'measures'));
    const [node] = readers;
    if (readers.length !== 1 || !node) return rangeOf(lines);
    if (!['Cast', 'Identity', 'Transpose', 'Reshape'].includes(node.op)) {
      const given = node.inputs.map((name) => initializers.get(name)).find(Boolean);
      const next = given && followed(lines, node, value, numbers(given));
      if (!next) return rangeOf(lines);
      lines = next;
    }
    [value] = node.outputs as [string];
  }
}

/** What a pixel of a channel becomes: times a scale, and a shift. */
interface Line {
  readonly scale: number;
  readonly shift: number;
}

/** What a node makes of a line and a constant. */
const made: Readonly<Record<string, (line: Line, by: number) => Line>> = {
  Add: ({ scale, shift }, by) => ({ scale, shift: shift + by }),
  Sub: ({ scale, shift }, by) => ({ scale, shift: shift - by }),
  Mul: ({ scale, shift }, by) => ({ scale: scale * by, shift: shift * by }),
  Div: ({ scale, shift }, by) => ({ scale: scale / by, shift: shift / by }),
};

/** The lines of all channels (one: of each) behind a node; undefined where they are none any more. */
function followed(
  lines: readonly Line[],
  { op, inputs }: Node,
  value: string,
  by: readonly number[],
): readonly Line[] | undefined {
  const make = made[op];
  const turned = inputs[0] !== value && (op === 'Sub' || op === 'Div');
  const fit = lines.length === by.length || lines.length === 1 || by.length === 1;
  if (!make || turned || !fit) return undefined;
  return range(Math.max(lines.length, by.length)).map((i) =>
    make(lines[i % lines.length]!, by[i % by.length]!),
  );
}

function rangeOf(lines: readonly Line[]): PixelRange | undefined {
  const all = (holds: (scale: number, mean: number) => boolean) =>
    lines.every(({ scale, shift }) => scale > 0 && holds(scale, -shift / scale));
  const isUsual = (value: number, [least, most]: readonly [number, number]) =>
    least <= value && value <= most;
  const [leastScale, mostScale] = ofBytes.scale;
  const [leastMean, mostMean] = ofBytes.mean;
  const isOfBytes = (scale: number, mean: number) =>
    leastScale <= scale && isUsual(mean, [-leastMean, mostMean]) && (scale <= mostScale || mean > leastMean);
  if (all(isOfBytes)) return '0-255';
  return all((scale, mean) => isUsual(mean, usual.mean) && isUsual(1 / scale, usual.std))
    ? 'zero-one'
    : undefined;
}
