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
  throw inputError(
    `${annotations}: it names ${counted(annotated.length, 'image')}, such as ${annotated[0]!.file}, and none is among the ${images.paths.length} of ${images.root}, such as ${images.paths[0]}`,
  );
}
