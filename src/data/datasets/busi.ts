import { resolve } from 'node:path';
import { dataset } from '../dataset.js';
import { collect, type Draft, problem } from '../formats/collect.js';
import { firstOf, listFiles, stem } from '../formats/files.js';
import { identifierOptions } from '../privacy.js';
import type { Problem, Region } from '../record.js';

const classes = ['benign', 'malignant', 'normal'] as const;

/**
 * `benign (1).png` has the mask `benign (1)_mask.png`; further lesions have `_mask_1`, ... Masks of normal
 * images are black.
 */
export const busi = dataset({
  name: 'busi',
  title: 'BUSI: breast ultrasound images',
  modality: 'ultrasound, PNG',
  source: 'https://scholar.cu.edu.eg/?q=afahmy/pages/dataset',
  licence: 'CC0 1.0 as mirrored; the authors ask for citation',
  citation:
    'W. Al-Dhabyani et al.: Dataset of breast ultrasound images, Data in Brief 28:104863, 2020, DOI 10.1016/j.dib.2019.104863',
  access: 'public',
  expected: { images: 780, benign: 437, malignant: 210, normal: 133 },
  options: identifierOptions,
  defaults: { task: 'dominant', taskOptions: { dominant: { none: 'class' } } },
  layout: ['Dataset_BUSI_with_GT/{benign,malignant,normal}/benign (1).png with benign (1)_mask.png'],
  files: [{ url: 'https://scholar.cu.edu.eg/Dataset_BUSI.zip', path: 'Dataset_BUSI.zip', unpack: 'zip' }],
  async read(root) {
    const top = ['Dataset_BUSI_with_GT', '.'].flatMap((folder) => classes.map((name) => `${folder}/${name}`));
    const folder = resolve(await firstOf(root, top, 'the folders benign, malignant and normal'), '..');
    const drafts: Draft[] = [];
    const problems: Problem[] = [];
    for (const path of await listFiles(folder, ['.png'])) {
      const [kind = '', name = ''] = path.split('/');
      if (/_mask(_\d+)?$/.test(stem(name)) || !classes.some((one) => one === kind)) continue;
      const id = stem(name);
      const findings = kind === 'normal' ? [] : [kind];
      drafts.push({ id, patient: id, path: resolve(folder, path), boxes: [], regions: [], findings });
    }
    const known = new Map(drafts.map((draft) => [draft.id, [] as Region[]]));
    for (const path of await listFiles(folder, ['.png'])) {
      const [kind = '', name = ''] = path.split('/');
      const image = /^(.*)_mask(_\d+)?$/.exec(stem(name))?.[1];
      if (image === undefined || kind === 'normal') continue;
      const regions = known.get(image);
      if (regions === undefined)
        problems.push(problem(image, 'missing-image', 'has a mask, but its image is missing'));
      else regions.push({ kind: 'file', label: kind, path: resolve(folder, path) });
    }
    const whole = drafts.map((draft): Draft => {
      const regions = known.get(draft.id) ?? [];
      if (regions.length > 0 || draft.findings?.length === 0) return { ...draft, regions };
      const fault = { kind: 'missing-annotation', problem: 'its mask is missing' } as const;
      return { ...draft, faults: [fault], annotated: false };
    });
    return collect('busi', ['benign', 'malignant'], whole, problems);
  },
});
