import { usageError } from '../../../base/errors.js';
import { flag, text } from '../../../base/options.js';
import { datasetOf } from '../../../benchmark/dataset.js';
import { fetchDataset } from '../../../data/fetch/fetch.js';
import { command } from '../../command.js';

export const dataFetchCommand = command({
  name: 'data fetch',
  summary:
    'Downloads a public data set and resumes interrupted downloads; for others it says where to register.',
  positionals: [{ name: 'NAME', doc: 'see sightline data list', required: true }],
  flags: {
    out: text({ doc: 'the target folder', default: '' }),
    unverified: flag({
      doc: 'take files whose SHA-256 is not known beforehand, over HTTPS; it is printed and kept in fetched.json',
      default: false,
    }),
    json: flag({ doc: 'print the files with their sizes and hashes as JSON', default: false }),
  },
  required: ['out'],
  examples: [
    'sightline data fetch chestx-det --out data/raw/chestx-det',
    'sightline data fetch bccd --unverified --out data/raw/bccd',
  ],
  async run({ flags, positionals: [name], print, run }) {
    const dataset = datasetOf(name!);
    if (dataset.access === 'drawn') {
      throw usageError(
        `data set ${name} is drawn when it is needed: sightline data prepare ${name} --out DIR`,
      );
    }
    if (dataset.access === 'own') {
      throw usageError(
        `data set ${name} is your own images, there is nothing to fetch: sightline data prepare --format coco --images DIR --annotations FILE --out DIR`,
      );
    }
    const unknown = (dataset.files ?? []).filter(({ sha256 }) => sha256 === undefined);
    if (unknown.length > 0 && !flags.unverified)
      throw usageError(
        `data set ${name}: the SHA-256 of ${unknown.map(({ path }) => path).join(', ')} is not known here, so that what the server sends cannot be checked; --unverified takes it all the same, over HTTPS, and keeps its hash`,
      );
    const { fetched, instructions } = await fetchDataset(dataset, flags.out, run);
    if (flags.json) return print(JSON.stringify({ out: flags.out, fetched, instructions }, null, 2));
    for (const { path, bytes, sha256, unpacked } of fetched) {
      const files = unpacked === undefined ? '' : `, ${unpacked} files unpacked`;
      print(`${path}: ${(bytes / 2 ** 20).toFixed(1)} MiB, SHA-256 ${sha256}${files}`);
    }
    if (instructions) print(instructions);
    else print(`${flags.out}: complete; next: sightline data prepare ${name} --root ${flags.out} --out DIR`);
  },
});
