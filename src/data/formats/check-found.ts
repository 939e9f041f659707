import { inputError } from '../../base/errors.js';
import { counted } from '../../base/names.js';
import type { ImageFolder } from './files.js';

/** Throws where no annotation finds its image: all images would count as negatives or unknown. */
export function checkFound(
  annotations: string,
  annotated: readonly { readonly file: string }[],
  images: ImageFolder,
): void {
  if (annotated.length === 0 || annotated.some(({ file }) => 'path' in images.find(file))) return;
  const names = counted(annotated.length, 'image');
  const unclear = annotated.find(({ file }) => images.named(file).length > 1);
  if (unclear !== undefined)
    throw inputError(
      `${annotations}: it names ${names}, such as ${unclear.file}, which may be ${images.named(unclear.file).slice(0, 2).join(' or ')}: name them with their extension or folder, or keep one of each`,
    );
  throw inputError(
    `${annotations}: it names ${names}, such as ${annotated[0]!.file}, and none is among the ${images.paths.length} of ${images.root}, such as ${images.paths[0]}`,
  );
}
