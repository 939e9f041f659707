import type { PictureTree } from '../tensor/picture-tree.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Figure } from './figure.js';
import { type Picture, picturesFigure } from './gallery.js';
import { imageUri } from './overlay.js';
import { BOX, escaped, GREY, INK, note, themed } from './theme.js';

type Box = readonly [x: number, y: number, width: number, height: number];

/** A prototype in an image: where it is, what it adds, and the patch of a training image that it is. */
export interface DrawnPrototype {
  readonly prototype: number;
  readonly presence: number;
  readonly weight: number;
  readonly adds: number;
  readonly box: Box;
  /** Missing where the training image is not at hand. */
  readonly patch?: { readonly image: Tensor; readonly box: Box };
}

/**
 * "This looks like that": two panels for each prototype, the place in the image at the left, the prototype in
 * its training image at the right. As a score sheet the labels say what each adds.
 */
export function prototypesFigure(
  image: Tensor,
  shown: readonly DrawnPrototype[],
  {
    title,
    columns = 2,
    size = 250,
  }: { readonly title: string; readonly columns?: number; readonly size?: number },
): Figure {
  const framed = ([x, y, width, height]: Box) => [{ x, y, width, height }];
  const pictures = shown.flatMap(({ prototype, presence, weight, adds, box, patch }): Picture[] => [
    {
      image,
      boxes: framed(box),
      label: `${presence.toFixed(2)} x ${weight.toFixed(2)} = ${adds.toFixed(2)}`,
    },
    patch
      ? { image: patch.image, boxes: framed(patch.box), label: `prototype ${prototype}` }
      : { image, label: 'not at hand' },
  ]);
  const nothing: Picture[] = [{ image, label: 'no prototype is present' }];
  const all = pictures.length > 0 ? pictures : nothing;
  return picturesFigure(all, { columns: Math.min(columns, all.length), size, labels: false, title });
}

const [STEP, LEVEL, PATCH] = [116, 118, 64];

/** A tree of prototypes with the path of one image; an image that has a branch's prototype goes right. */
export function treeFigure(tree: PictureTree, title: string): Figure {
  const traces: Record<string, unknown>[] = [];
  const images: unknown[] = [];
  const annotations: unknown[] = [];
  let [leaves, deepest] = [0, 0];
  const draw = (node: PictureTree, level: number): { readonly x: number; readonly y: number } => {
    deepest = Math.max(deepest, level);
    const y = -level * LEVEL;
    const font = { size: 12, color: node.taken ? INK : GREY };
    const below = 'left' in node ? [draw(node.left, level + 1), draw(node.right, level + 1)] : [];
    const x = 'left' in node ? (below[0]!.x + below[1]!.x) / 2 : STEP * leaves++;
    if (!('left' in node)) {
      annotations.push(
        note(escaped(node.text).replaceAll('\n', '<br>'), x, y, {
          xref: 'x',
          yref: 'y',
          xanchor: 'center',
          yanchor: 'top',
          font,
        }),
      );
      return { x, y };
    }
    for (const [i, child] of [node.left, node.right].entries()) {
      const end = below[i]!;
      traces.push({
        ...{ type: 'scatter', mode: 'lines', hoverinfo: 'skip', x: [x, end.x], y: [y, end.y] },
        line: { color: child.taken ? BOX : GREY, width: child.taken ? 4 : 1 },
      });
      const middle = { x: x + (end.x - x) * 0.62, y: y + (end.y - y) * 0.62 };
      const at = {
        xref: 'x',
        yref: 'y',
        xanchor: 'center',
        bgcolor: 'white',
        font: { size: 10, color: GREY },
      };
      annotations.push(note(i === 0 ? 'absent' : 'present', middle.x, middle.y, at));
    }
    if (node.patch)
      images.push({
        ...{ source: imageUri(node.patch), xref: 'x', yref: 'y', x, y, layer: 'above' },
        ...{ sizex: PATCH, sizey: PATCH, xanchor: 'center', yanchor: 'middle' },
      });
    const beside = { xref: 'x', yref: 'y', xanchor: 'center', yshift: PATCH / 2 + 9, bgcolor: 'white', font };
    annotations.push(note(escaped(node.text), x, y, beside));
    return { x, y };
  };
  draw(tree, 0);
  const hidden = { visible: false, fixedrange: true };
  const [width, height] = [(Math.max(4, leaves) + 0.5) * STEP, (deepest + 1) * LEVEL + 20];
  return themed(traces as { readonly type: string }[], {
    title,
    width,
    height: height + 48,
    margin: { l: 8, r: 8, t: 48, b: 0 },
    showlegend: false,
    images,
    annotations,
    xaxis: {
      ...hidden,
      range: [(leaves - 1) * (STEP / 2) - width / 2, (leaves - 1) * (STEP / 2) + width / 2],
    },
    yaxis: { ...hidden, range: [-deepest * LEVEL - 40, LEVEL / 2 + 20] },
  });
}
