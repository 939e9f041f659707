import { environmentError } from '../../base/errors.js';
import { flag } from '../../base/options.js';
import { command } from '../command.js';
import { type Finding, images, machine, node } from '../doctor/basics.js';
import { engineExaminations } from '../doctor/engines.js';
import { card, cuda } from '../doctor/gpu.js';
import { chromium, jupyter, kernel } from '../doctor/tools.js';
import { textTable, wrap } from '../wrap.js';

export const doctorCommand = command({
  name: 'doctor',
  summary:
    'Checks engines, GPU, notebooks and browser on this machine, and says how to fix what does not work.',
  flags: { json: flag({ doc: 'print JSON', default: false }) },
  examples: ['sightline doctor', 'sightline doctor --json'],
  async run({ flags, print }) {
    const findings = await examine();
    const broken = findings.filter(({ basic, works }) => basic && !works);
    if (flags.json) print(JSON.stringify({ ok: broken.length === 0, findings }, null, 2));
    else {
      const rows = findings.map(({ what, use, works, found }) => [what, works ? 'works' : 'no', use, found]);
      for (const line of textTable(['what', '', 'for', 'found'], rows)) print(line);
      for (const { what, advice } of findings) {
        if (advice === undefined) continue;
        print('');
        for (const line of wrap(`${what}: ${advice}`, 110)) print(line);
      }
    }
    if (broken.length > 0)
      throw environmentError(`the basics do not work: ${broken.map(({ what }) => what).join(', ')}`);
  },
});

const examinations = [
  node,
  machine,
  images,
  () => card(),
  () => cuda(),
  ...engineExaminations,
  jupyter,
  kernel,
  chromium,
];

/** Tests everything that Sightline can use on this machine. */
const examine = (): Promise<readonly Finding[]> => Promise.all(examinations.map((one) => one()));
