import type { Annotated } from './collect.js';
import type { ImageFolder } from './files.js';

/** An annotation as that of the image with its file's name; told where it states another image. */
export function ownName(file: string, said: Annotated, images: ImageFolder): Annotated {
  const [own, stated] = [images.find(file), images.find(said.file)];
  if (!('path' in own && 'path' in stated) || own.path === stated.path) return { ...said, file };
  const fault = {
    kind: 'inconsistent',
    problem: 'its annotation file has its name and states that of another image: it is read as of this one',
  } as const;
  return { ...said, file, faults: [...(said.faults ?? []), fault] };
}
