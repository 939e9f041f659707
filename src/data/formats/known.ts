/** An unsupported annotation format and the export that is supported. */
interface Known {
  readonly name: string;
  readonly export: string;
}

const say = ({ name, export: wanted }: Known): string => `it is ${name}; export ${wanted}`;

const cvat = { name: 'CVAT for images XML', export: 'it from CVAT as COCO 1.0, Pascal VOC or YOLO' };
const roots: Readonly<Record<string, Known>> = {
  annotations: cvat,
  Annotations: { name: 'an Aperio ImageScope annotation (XML)', export: 'it as COCO, or as mask pictures' },
  ASAP_Annotations: { name: 'an ASAP annotation (XML)', export: 'it as mask pictures' },
  LidcReadMessage: { name: 'a LIDC reading (XML)', export: 'it as mask pictures (pylidc) or a CSV table' },
  tagset: { name: 'an ICDAR tag set (XML)', export: 'it as COCO or Pascal VOC' },
  dataset: { name: 'a dlib data set (XML)', export: 'it as COCO or Pascal VOC' },
};

/** Names an unsupported XML format by its root element. */
export function xmlKind(root: unknown): string | undefined {
  const names = typeof root === 'object' && root !== null ? Object.keys(root) : [];
  const known = names.find((name) => Object.hasOwn(roots, name));
  return known === undefined ? undefined : say(roots[known]!);
}

const via = {
  name: 'a table of the VGG Image Annotator',
  export: 'it there as COCO: Annotation, Export Annotations (COCO)',
};
const labelStudio = {
  name: 'a Label Studio export',
  export: 'it there as COCO, Pascal VOC or YOLO',
};
const labelbox = { name: 'a Labelbox export', export: 'it as COCO' };
const geoJson = { name: 'GeoJSON (QuPath)', export: 'it there as mask pictures' };
const v7 = { name: 'a V7 Darwin annotation of one image', export: 'the data set there as COCO or masks' };
const dataList = {
  name: 'a list of volumes (MONAI, nnU-Net), which holds no places',
  export: 'their slices as pictures and mask pictures',
};

/** Names an unsupported table by its first line and its columns. */
export function tableKind(begin: string, columns: readonly string[]): string | undefined {
  if (columns.includes('region_shape_attributes') || begin.startsWith('# Exported using VGG Image Annotator'))
    return say(via);
  return undefined;
}

const files: readonly (readonly [keys: readonly string[], known: Known])[] = [
  [
    ['shapes', 'imagePath'],
    {
      name: 'a LabelMe annotation of one image',
      export: 'all of them as one COCO file (labelme2coco) or as YOLO, or draw masks',
    },
  ],
  [
    ['_via_img_metadata'],
    {
      name: 'a VGG Image Annotator project',
      export: 'it there as COCO: Annotation, Export Annotations (COCO)',
    },
  ],
  [['regions', 'filename'], { name: 'VGG Image Annotator JSON', export: 'it there as COCO' }],
  [['assets', 'visitedTags'], { name: 'a VoTT project', export: 'it there as Pascal VOC or CSV' }],
  [['assets', 'asset'], { name: 'VoTT JSON', export: 'it there as Pascal VOC or CSV' }],
  [['asset', 'regions'], { name: 'VoTT JSON', export: 'it there as Pascal VOC or CSV' }],
  [['type', 'features'], geoJson],
  [['type', 'geometry'], geoJson],
  [['@schema', 'markups'], { name: 'markups of 3D Slicer', export: 'a segmentation there as mask pictures' }],
  [
    ['objects', 'size'],
    { name: 'a Supervisely annotation', export: 'it there as COCO, Pascal VOC or masks' },
  ],
  [
    ['classes', 'projectType'],
    {
      name: 'the meta.json of a Supervisely project, which holds no places',
      export: 'the project there as COCO, Pascal VOC or masks',
    },
  ],
  [['data_row'], labelbox],
  [['Labeled Data'], labelbox],
  [['labelGroups', 'datasets'], { name: 'an MD.ai export', export: 'it as COCO, or its boxes as CSV' }],
  [['label_classes', 'images'], { name: 'a Hasty export', export: 'it there as COCO' }],
  [['categories', 'items'], { name: 'a Datumaro export', export: 'it from CVAT as COCO 1.0' }],
  [['item', 'annotations'], v7],
  [['dataset', 'image', 'annotations'], v7],
  [['label_hash', 'data_units'], { name: 'an Encord export', export: 'it there as COCO' }],
  [['source-ref'], { name: 'a SageMaker Ground Truth manifest', export: 'it as COCO' }],
  [['imageGcsUri'], { name: 'a Vertex AI import file', export: 'it as COCO or CSV' }],
  [['training', 'numTraining'], dataList],
  [['numTraining', 'labels'], dataList],
  [['training', 'validation'], dataList],
  [
    ['height', 'width', 'bbox'],
    { name: 'boxes by the name of their image, as Kvasir-SEG has them', export: 'them as COCO or CSV' },
  ],
  [
    ['image_id', 'bbox', 'score'],
    { name: 'COCO results (a list of detections)', export: 'a whole COCO file with images and categories' },
  ],
  [
    ['image_id', 'category_id', 'bbox'],
    {
      name: 'the bare list of annotations of a COCO file',
      export: 'a whole COCO file with images and categories',
    },
  ],
  [['image', 'annotations'], { name: 'Create ML JSON', export: 'it as COCO' }],
  [['data', 'annotations'], labelStudio],
  [['data', 'completions'], labelStudio],
  [['annotation_id', 'annotator'], labelStudio],
];

/** Names an unsupported format of JSON Lines by its first line. */
export function linesKind(text: string): string | undefined {
  const [first = ''] = text.trimStart().split('\n', 1);
  try {
    return jsonKind(JSON.parse(first));
  } catch {
    return undefined;
  }
}

/** Names an unsupported JSON format by its keys or those of its first entry; `undefined` where unknown. */
export function jsonKind(value: unknown): string | undefined {
  const own = fieldsOf(value);
  const inside = annotationKind(value);
  if (inside !== undefined) return say(inside);
  if (own === undefined || ['images', 'annotations', 'categories'].every((key) => own.includes(key)))
    return undefined;
  const first = Array.isArray(value) ? value[0] : Object.values(value as object)[0];
  for (const keys of [own, fieldsOf(first) ?? []]) {
    const known = files.find(([marks]) => marks.every((mark) => keys.includes(mark)));
    if (known !== undefined) return say(known[1]);
  }
  return undefined;
}

/** Names other annotations of COCO than of objects by the keys of their first one. */
function annotationKind(value: unknown): Known | undefined {
  const { annotations }: { readonly annotations?: unknown } = { ...(value as object | null) };
  const keys = Array.isArray(annotations) ? (fieldsOf(annotations[0]) ?? []) : [];
  const instances = 'the boxes or masks of its objects as COCO (instances)';
  if (keys.includes('segments_info'))
    return { name: 'a COCO panoptic annotation', export: `mask pictures, or ${instances}` };
  if (keys.includes('caption') && !keys.includes('category_id'))
    return { name: 'a COCO caption annotation', export: instances };
  return undefined;
}

const fieldsOf = (value: unknown): string[] | undefined =>
  typeof value === 'object' && value !== null ? Object.keys(value) : undefined;
