import { inputError, usageError } from '../../base/errors.js';
import { withFolder } from '../../base/lock.js';
import { flag, text } from '../../base/options.js';
import {
  type Conformity,
  givenConformity,
  ownConformity,
  tolerance,
  writeConformance,
} from '../../ground-truth/conformance/conformance.js';
import { command } from '../command.js';
import { engineFlags, engineFrom } from '../engine-flags.js';
import { textTable } from '../wrap.js';

export const conformanceCommand = command({
  name: 'conformance',
  summary:
    'Writes hand-weighted networks and linear suppressors with their exact attributions as files, and compares the methods of Sightline, or the maps of another program, with them.',
  flags: {
    out: text({ doc: 'the folder to write networks, inputs and exact maps to', default: '' }),
    maps: text({ doc: 'a folder of NETWORK/METHOD.npy of another program to compare', default: '' }),
    ...engineFlags,
    json: flag({ doc: 'print JSON', default: false }),
  },
  examples: [
    'sightline conformance --out outputs/conformance',
    'sightline conformance --maps outputs/other-program',
  ],
  async run({ flags, print, run }) {
    const { out, maps, json } = flags;
    if (out !== '' && maps !== '') throw usageError('give --out or --maps');
    if (out !== '') await withFolder(out, () => writeConformance(out));
    const found =
      maps === '' ? await ownConformity(await engineFrom(flags, run), run) : await givenConformity(maps);
    for (const line of json ? [JSON.stringify(found, null, 2)] : linesOf(found)) print(line);
    const others = found.filter(({ conforms }) => !conforms);
    if (others.length > 0)
      throw inputError(`${others.length} of ${found.length} maps differ by more than ${tolerance}`);
  },
});

const linesOf = (found: readonly Conformity[]) =>
  textTable(
    ['network', 'method', 'difference', ''],
    found.map(({ network, method, error, conforms }) => [
      network,
      method,
      error.toExponential(1),
      conforms ? 'exact' : 'differs',
    ]),
  );
