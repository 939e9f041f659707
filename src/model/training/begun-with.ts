import { hashOfFile, sha256 } from '../../base/files.js';
import type { GivenOptions } from '../../base/options.js';
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

async function contentOf(path: string): Promise<string | undefined> {
  if (!isFile(path)) return hashOfFile(path);
  const { model, weights } = await hashModelFiles(path);
  return weights.length === 0 ? model : sha256(JSON.stringify([model, weights]));
}
