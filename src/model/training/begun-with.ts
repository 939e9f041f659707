import { hashOfFile, sha256 } from '../../base/files.js';
import { type GivenOptions, shortHash } from '../../base/options.js';
import { hashModelFiles } from '../../graph/model-files.js';
import { isFile } from '../architectures/file-backbone.js';

/**
 * Hashes of the files that a training with these options begins with, and of the weights beside them: a
 * resumed run has to find them as they were.
 */
export async function contentsBegunWith({ weights, backbone }: GivenOptions) {
  return {
    ...(typeof weights === 'string' && weights !== '' && { weightsContent: await contentOf(weights) }),
    ...(typeof backbone === 'string' && isFile(backbone) && { backboneContent: await contentOf(backbone) }),
  };
}

/** Training options as files keep them: a hash in place of a path, whose names may be of a person. */
export const toldTraining = (given: GivenOptions): GivenOptions =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, isPath(name, value) ? shortHash(value) : value]),
  );

const isPath = (name: string, value: unknown): value is string =>
  typeof value === 'string' &&
  ((name === 'weights' && value !== '') || (name === 'backbone' && isFile(value)));

async function contentOf(path: string): Promise<string | undefined> {
  if (!isFile(path)) return hashOfFile(path);
  const { model, weights } = await hashModelFiles(path);
  return weights.length === 0 ? model : sha256(JSON.stringify([model, weights]));
}
