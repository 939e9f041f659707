import { join } from 'node:path';
import { inputError, usageError } from '../../base/errors.js';
import { hashOfFile } from '../../base/files.js';
import { text } from '../../base/options.js';
import { problemDataset } from '../problem/dataset.js';
import { readProblemFile } from './read.js';

const drawn = problemDataset({
  name: 'problem-file',
  version: 1,
  title: 'A problem of your own with known important pixels, from one file',
  citation: 'stated in the file',
  options: {
    file: text({ doc: 'The .npz file with images, labels and the pixels of each role.', default: '' }),
    size: text({ doc: "The images' height,width, at which they are taken as they are.", default: '' }),
    sha256: text({ doc: "The file's SHA-256; another file is refused.", default: '' }),
  },
  defaults: {
    image: { channels: 1, bits: '16' },
    imageOf: ({ size }) => (size ? { size } : {}),
    training: { architecture: 'mlp', width: 64, depth: 2, epochs: 40, batch: 64, rate: 0.002, hide: 0 },
  },
  // The problem is the file's content, wherever the file lies.
  identity: async ({ file }) => ({ sha256: (await hashOfFile(file)) ?? '' }),
  generate: async ({ file }) => (await readProblemFile(file)).problem,
});

/** A problem that anyone writes as one `.npz` file; a file that has changed is drawn anew. */
export const problemFileDataset: typeof drawn = {
  ...drawn,
  async read(root, options, run) {
    const { file, sha256 } = options;
    if (file === '')
      throw usageError("data set problem-file needs option 'file': the .npz file of the problem");
    const found = await hashOfFile(file);
    if (found === undefined) throw inputError(`${file}: there is no such file`);
    if (sha256 !== '' && sha256 !== found)
      throw inputError(`${file} has the SHA-256 ${found}; option 'sha256' says ${sha256}`);
    return drawn.read(join(root, found.slice(0, 16)), options, run);
  },
};
