import { allFit, checkCorners, yoloCorners, yoloShifted } from './box-forms.js';
import type { Fault } from './boxes.js';
import type { Annotated } from './collect.js';

const centred = 'centre-x centre-y width height';
const others = [
  { option: 'corners', as: 'two corners (x1, y1, x2, y2)', cornersOf: yoloCorners },
  { option: 'left-top', as: 'left top width height', cornersOf: yoloShifted },
] as const;

/**
 * Tells on the first image with boxes where they all fit in another form than that of YOLO, too. Throws,
 * naming `source`, where they do not fit in that of YOLO.
 */
export function inYoloForm(source: string, images: readonly Annotated[]): readonly Annotated[] {
  const plain = images.filter(({ boxes, regions }) => boxes.length > 0 && regions.length === 0);
  for (const { option, as, cornersOf } of others)
    checkCorners(source, plain, cornersOf, centred, as, `, or give option boxes=${option}`);
  const other = others.find(({ cornersOf }) => allFit(plain, cornersOf));
  const [first] = plain;
  if (other === undefined || first === undefined) return images;
  const fault: Fault = {
    kind: 'inconsistent',
    problem: `its boxes and those of all images also fit as ${other.as}; they are read as ${centred} (option boxes=centre, or boxes=${other.option} where they are not)`,
  };
  return images.map((image) =>
    image === first ? { ...image, faults: [...(image.faults ?? []), fault] } : image,
  );
}
