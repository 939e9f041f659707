import {
  allFit,
  checkCorners,
  cocoCentred,
  cocoCorners,
  cocoTurned,
  exceed,
  yoloCorners,
  yoloShifted,
} from './box-forms.js';
import type { Fault } from './boxes.js';
import type { Annotated } from './collect.js';

/** Another form than a format's own in which the numbers of a box may be written. */
interface OtherForm {
  readonly as: string;
  readonly cornersOf: Parameters<typeof checkCorners>[2];
  /** The option that says so. */
  readonly option?: string;
  /** Whether boxes away from the edges often fit in it too, so that one that stands out tells nothing. */
  readonly oftenFits?: true;
}

interface Form {
  readonly name: string;
  readonly option?: string;
  readonly others: readonly OtherForm[];
  /** Whether another form is told only where boxes stand out of their images in the own one. */
  readonly isUsual: boolean;
  /** Whether the boxes of an image are written in the form, and do not come from outlines. */
  readonly hasOwn: (image: Annotated) => boolean;
}

export const yoloForm: Form = {
  name: 'centre-x centre-y width height',
  option: 'boxes=centre',
  others: [
    { as: 'two corners (x1, y1, x2, y2)', cornersOf: yoloCorners, option: 'boxes=corners' },
    { as: 'left top width height', cornersOf: yoloShifted, oftenFits: true, option: 'boxes=left-top' },
  ],
  isUsual: false,
  hasOwn: ({ regions }) => regions.length === 0,
};

export const cocoForm: Form = {
  name: '[x, y, width, height]',
  others: [
    { as: 'two corners (x1, y1, x2, y2)', cornersOf: cocoCorners },
    { as: '[centre x, centre y, width, height]', cornersOf: cocoCentred, oftenFits: true },
    {
      as: '[y, x, height, width] (or in images whose width and height are exchanged)',
      cornersOf: cocoTurned,
      oftenFits: true,
    },
  ],
  isUsual: true,
  hasOwn: () => true,
};

/**
 * Tells on the first image with boxes where all boxes fit in another form than the format's, too. Throws,
 * naming `source`, where many do not fit in the format's own.
 */
export function inForm<A extends Annotated>(
  source: string,
  images: readonly A[],
  { name, option, others, isUsual, hasOwn }: Form,
): readonly A[] {
  const plain = images.filter((image) => image.boxes.length > 0 && hasOwn(image));
  for (const other of others) {
    const orElse = other.option === undefined ? '' : `, or give option ${other.option}`;
    const least = other.oftenFits ? 2 : 1;
    checkCorners(source, plain, other.cornersOf, name, other.as, { orElse, least });
  }
  const other = others.find(({ cornersOf }) => allFit(plain, cornersOf));
  const [first] = plain;
  if (other === undefined || first === undefined || (isUsual && !exceed(plain))) return images;
  const advice = option === undefined ? '' : ` (option ${option}, or ${other.option} where they are not)`;
  const fault: Fault = {
    kind: 'inconsistent',
    problem: `its boxes and those of all images also fit as ${other.as}; they are read as ${name}${advice}`,
  };
  return images.map((image) =>
    image === first ? { ...image, faults: [...(image.faults ?? []), fault] } : image,
  );
}
