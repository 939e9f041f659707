import { join } from 'node:path';
import { dataset } from '../dataset.js';
import { hashIdentifier } from '../decode/index.js';
import { readCoco } from '../formats/coco.js';
import { collect, type Draft } from '../formats/collect.js';
import { firstOf, imageFolder, stem } from '../formats/files.js';
import { joinImages } from '../formats/join.js';
import { readTable } from '../formats/table.js';
import { identifierOptions } from '../privacy.js';

/**
 * Nearly all images show COVID-19, so the disease is an attribute. The findings are the left and right lung.
 */
export const cxrLungs = dataset({
  name: 'cxr-lungs',
  title: 'Lung boxes on the COVID-19 image data collection',
  modality: 'chest radiography',
  source: 'https://github.com/GeneralBlockchain/covid-19-chest-xray-lung-bounding-boxes-dataset',
  licence: 'boxes CC BY 4.0; images by the licence that metadata.csv states for each',
  citation:
    'General Blockchain: COVID-19 Chest X-ray Lung Bounding Boxes Dataset, 2020; J. P. Cohen, P. Morrison, L. Dao: COVID-19 Image Data Collection, arXiv 2003.11597',
  access: 'public',
  expected: { images: 616 },
  options: identifierOptions,
  defaults: { task: 'tiles', taskOptions: { tiles: { finding: 'Left Lung' } } },
  layout: [
    'images/*.png or *.jpg',
    'annotations.json or annotations/annotations.json (COCO)',
    'metadata.csv (of the image data collection: columns patientid, filename)',
  ],
  files: [
    {
      url: 'https://codeload.github.com/GeneralBlockchain/covid-19-chest-xray-lung-bounding-boxes-dataset/zip/refs/heads/master',
      path: 'lung-boxes.zip',
      unpack: 'zip',
      strip: 1,
    },
    {
      url: 'https://raw.githubusercontent.com/ieee8023/covid-chestxray-dataset/master/metadata.csv',
      path: 'metadata.csv',
    },
  ],
  async read(root, { salt }) {
    const places = ['annotations.json', 'annotations/annotations.json'];
    const coco = await readCoco(await firstOf(root, places, 'COCO annotations'));
    const images = await imageFolder(join(root, 'images'));
    const metadata = await readTable(
      join(root, 'metadata.csv'),
      ['patientid', 'filename'],
      'the metadata of images',
    );
    const rows = new Map(
      metadata.rows.flatMap((row) =>
        [row.filename, row.file_name].map((name) => [stem(name || ''), row] as const),
      ),
    );
    // The patients stand in the metadata.
    const annotated = coco.images.map(({ patient: _, group: __, split: ___, ...said }) => said);
    const { drafts, problems } = joinImages(images, annotated, (file) => {
      const id = stem(file);
      const row = rows.get(id);
      const patient = row?.patientid ? hashIdentifier(salt, row.patientid) : id;
      const said = ['finding', 'view', 'license'].filter((name) => row?.[name]);
      return { id, patient, attributes: Object.fromEntries(said.map((name) => [name, row![name]!])) };
    });
    const unknown = {
      kind: 'inconsistent',
      problem: 'metadata.csv does not say whose image this is',
    } as const;
    const checked = drafts.map((draft): Draft => {
      return draft.patient === draft.id ? { ...draft, faults: [...(draft.faults ?? []), unknown] } : draft;
    });
    const all = [...(coco.problems ?? []), ...problems];
    return { ...collect('cxr-lungs', coco.labels, checked, all), anatomy: ['Left Lung', 'Right Lung'] };
  },
});
