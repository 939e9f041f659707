import { is } from '../graph/catalogue/index.js';
import { numbers } from '../graph/elements.js';
import type { Graph, Node } from '../graph/graph.js';
import { range } from '../graph/shapes.js';

/** Pixels that a graph takes as they are, by the name of a standard normalisation. */
export type PixelRange = 'zero-one' | 'minus-one-one' | '0-255';

const ends: Readonly<Record<PixelRange, readonly [number, number]>> = {
  'zero-one': [0, 1],
  'minus-one-one': [-1, 1],
  '0-255': [0, 255],
};

export const pixelsInWords = (range: PixelRange): string => `pixels of ${ends[range].join(' to ')}`;

/** What pixels of 0 to 1 are usually normalised by. */
const usual = { mean: [0.05, 0.95], std: [0.1, 0.55] } as const;
/**
 * Bytes are scaled by less than the greatest scale, or their mean is greater than the least. They become
 * more than next to nothing, as they would by the scale of 12 or 16 bits, and their mean is near a byte, as
 * that of Hounsfield units need not be.
 */
const ofBytes = { scale: [0.5 / 255, 0.02], mean: [10, 265] } as const;

/**
 * The range of pixels that a graph normalises itself, or that its quantised input holds, right behind its
 * input, if it does.
 */
export function pixelRangeOf(graph: Graph, input: string): PixelRange | undefined {
  const { nodes, initializers } = graph;
  let value = input;
  let lines: readonly Line[] = [{ scale: 1, shift: 0 }];
  for (;;) {
    const readers = nodes.filter((node) => node.inputs.includes(value) && !is(node, 'measures'));
    const [node] = readers;
    const alike = lines.length === 1 ? rejoined(graph, value, readers) : undefined;
    if (alike !== undefined) value = alike;
    else {
      if (readers.length !== 1 || !node) return rangeOf(lines);
      if (node.op === 'QuantizeLinear') return rangeOf(lines) ?? heldBy(graph, node, lines);
      if (!kept.has(node.op)) {
        const given = node.inputs.map((name) => initializers.get(name)).find(Boolean);
        const next = given && followed(lines, node, value, numbers(given));
        if (!next) return rangeOf(lines);
        lines = next;
      }
      [value] = node.outputs as [string];
    }
  }
}

/** Operators that keep the range of pixels, whichever they move, cut off or average. */
const kept = new Set([
  ...['Cast', 'Identity', 'Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Slice', 'Gather', 'Resize'],
]);

/** The value in which channels, parted or copied, are joined again: turned from RGB to BGR, say. */
function rejoined({ nodes }: Graph, value: string, readers: readonly Node[]): string | undefined {
  const parts = readers.filter(({ op }) => op === 'Slice' || op === 'Gather' || op === 'Split');
  const values = new Set([value, ...parts.flatMap(({ outputs }) => outputs)]);
  const others = nodes.filter((node) => !parts.includes(node) && node.inputs.some((v) => values.has(v)));
  const [join] = others;
  const joins = others.length === 1 && join?.op === 'Concat' && join.inputs.every((v) => values.has(v));
  return joins ? join.outputs[0] : undefined;
}

/** How far the ends of a quantised input may lie from those of pixels, as a share of their range. */
const NEAR = 0.05;

/** The range of pixels that a quantised input holds. */
function heldBy(graph: Graph, node: Node, lines: readonly Line[]): PixelRange | undefined {
  const isPlain = lines.every(({ scale, shift }) => scale === 1 && shift === 0);
  const [scale, zero] = node.inputs.slice(1).map((name) => graph.initializers.get(name));
  if (!isPlain || scale?.data.length !== 1) return undefined;
  const type = zero?.type ?? 'uint8';
  if (type !== 'uint8' && type !== 'int8') return undefined;
  const least = (type === 'int8' ? -128 : 0) - (zero ? numbers(zero)[0]! : 0);
  const held = [least, least + 255].map((step) => step * numbers(scale)[0]!);
  return (Object.keys(ends) as PixelRange[]).find((range) => {
    const [low, high] = ends[range];
    return held.every((end, i) => Math.abs(end - ends[range][i]!) <= NEAR * (high - low));
  });
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
