import type { DataSet } from 'dicom-parser';

/** What a DICOM file holds that is no image of a patient, and how that becomes pictures. */
export interface DicomObject {
  readonly object: string;
  readonly advice: string;
}

const masks = 'export what it marks as mask pictures';
const none = 'leave it out';

/** Kinds of objects by what their class, below `classes`, begins with. */
const kinds: readonly (readonly [begin: string, object: string, advice: string])[] = [
  ['66.4', 'segmentation', masks],
  ['66.5', 'surface segmentation', masks],
  ['66.7', 'segmentation (label map)', masks],
  ['66', 'object of raw data, a registration or fiducials', none],
  ['67', 'real-world value mapping', none],
  ['481.1', '', ''],
  ['481.2', 'RT dose', none],
  ['481.3', 'RT structure set', masks],
  ['481', 'RT plan or record', none],
  ['88.59', 'key object selection', none],
  ['88', 'structured report', 'write its findings into a table'],
  ['11', 'presentation state', none],
  ['104', 'encapsulated document', none],
  ['9', 'waveform', none],
];

const classes = '1.2.840.10008.5.1.4.1.1.';

/** Whether an object marks places of images, which it names by their UIDs. */
export const marksImages = ({ advice }: DicomObject): boolean => advice === masks;

/** What kind of object a data set is, by its SOP class; `undefined` for an image. */
export function objectOf(data: DataSet): DicomObject | undefined {
  if (data.elements.x00041220 !== undefined) return { object: 'a DICOM directory', advice: none };
  const uid = (data.string('x00080016') ?? '').trim();
  const own = uid.startsWith(classes) ? `${uid.slice(classes.length)}.` : '';
  const [, object, advice] = kinds.find(([begin]) => own.startsWith(`${begin}.`)) ?? [];
  return object ? { object: `a DICOM ${object}`, advice: advice! } : undefined;
}
