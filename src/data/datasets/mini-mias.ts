import { inputError } from '../../base/errors.js';
import { dataset } from '../dataset.js';
import { collect, type Draft, problem } from '../formats/collect.js';
import { firstOf, groupBy, imageFolder, limits, readText } from '../formats/files.js';
import { identifierOptions } from '../privacy.js';
import type { Problem, Region } from '../record.js';

const side = 1024;

const kinds: Readonly<Record<string, string>> = {
  CALC: 'calcification',
  CIRC: 'circumscribed mass',
  SPIC: 'spiculated mass',
  MISC: 'ill-defined mass',
  ARCH: 'architectural distortion',
  ASYM: 'asymmetry',
};

interface Line {
  readonly image: string;
  readonly tissue: string;
  readonly finding?: string;
  readonly severity?: string;
  readonly circle?: Extract<Region, { kind: 'circle' }>;
}

/**
 * Circles have their origin at the lower left corner of 1024x1024 images: `y` becomes `1024 - y`. Consecutive
 * images are pairs of one patient: 1 and 2, 3 and 4. Findings spread over the whole breast have no circle.
 */
export const miniMias = dataset({
  name: 'mini-mias',
  title: 'mini-MIAS: digitised mammograms',
  modality: 'mammography, PGM',
  source: 'http://peipa.essex.ac.uk/info/mias.html',
  licence: 'research use under the MIAS agreement (in the archive)',
  citation:
    'J. Suckling et al.: The Mammographic Image Analysis Society digital mammogram database, Excerpta Medica ICS 1069:375-378, 1994',
  access: 'public',
  expected: { images: 322, patients: 161 },
  options: identifierOptions,
  defaults: { task: 'multi-label' },
  layout: [
    'mdb001.pgm ... mdb322.pgm',
    'Info.txt (image, tissue, finding, severity, x, y from the bottom, radius)',
  ],
  obtain:
    'Its server has no HTTPS: download http://peipa.essex.ac.uk/pix/mias/all-mias.tar.gz yourself and unpack it here.',
  async read(root) {
    const path = await firstOf(root, ['Info.txt', 'info.txt', 'Info'], 'the findings of each image');
    const lines = parseInfo(await readText(path, 'the findings of each image', limits.labels), path);
    const images = await imageFolder(root);
    const problems: Problem[] = [];
    const drafts = [...groupBy(lines, (line) => line.image)].flatMap(([id, own]): Draft[] => {
      const found = images.find(id);
      if ('problem' in found) {
        problems.push(problem(id, 'missing-image', found.problem));
        return [];
      }
      const regions = own.flatMap(({ circle }) => circle ?? []);
      const findings = [...new Set(own.flatMap(({ finding }) => finding ?? []))];
      const located = findings.length === 0 || regions.length > 0;
      const severity = own.find((line) => line.severity !== undefined)?.severity;
      const patient = `pair-${String(Math.ceil(Number(id.slice(3)) / 2)).padStart(3, '0')}`;
      return [
        {
          id,
          patient,
          path: found.path,
          width: side,
          height: side,
          boxes: regions.map(({ label, x, y, radius }) => {
            return { label, x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius };
          }),
          regions,
          findings,
          attributes: { tissue: own[0]!.tissue, ...(severity === undefined ? {} : { severity }) },
          ...(located ? {} : { annotated: false }),
        },
      ];
    });
    return collect('mini-mias', Object.values(kinds), drafts, problems);
  },
});

/** Parses the table inside the file's text: lines that begin with an image name. */
function parseInfo(text: string, path: string): Line[] {
  const lines = text.split(/\r?\n/).flatMap((line, i): Line[] => {
    const [image = '', tissue = '', kind = '', severity, ...place] = line.trim().split(/\s+/);
    if (!/^mdb\d{3}$/.test(image)) return [];
    if (kind === 'NORM') return [{ image, tissue }];
    const finding = kinds[kind];
    if (finding === undefined) {
      const known = [...Object.keys(kinds), 'NORM'].join(', ');
      throw inputError(`${path}: line ${i + 1}: unknown finding '${kind}'; it takes ${known}`);
    }
    const [x, y, radius] = place.map(Number);
    const numbers = [x, y, radius].every((value) => Number.isFinite(value));
    const circle = numbers
      ? ({ kind: 'circle', label: finding, x: x!, y: side - y!, radius: radius! } as const)
      : undefined;
    return [{ image, tissue, finding, severity, circle }];
  });
  if (lines.length === 0) throw inputError(`${path}: no line begins with an image such as mdb001`);
  return lines;
}
