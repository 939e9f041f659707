import { type ImageFolder, stem } from './files.js';

/** Words by which masks and their folders are named, which are no labels. */
const words =
  '(mask|masks|seg|segm|segmentation|segmented|gt|groundtruth|ground_truth|label|labels|annotation)';
const word = new RegExp(`^${words}$`, 'i');
const suffix = new RegExp(`^${words}?([_-]?\\d+)?$`, 'i');
const before = new RegExp(`^${words}[_. -]+(?=.)`, 'i');
const behind = new RegExp(`^(.+?)[_. -]?${words}([_-]?\\d+)?$`, 'i');

/** Whether a folder's name is such a word. */
export const isMaskWord = (name: string): boolean => word.test(name);

/** Whether what a mask's name adds to that of its image is such a word, a number, both or nothing. */
export const isMaskSuffix = (added: string): boolean => suffix.test(added);

/** A name without such a word before it. */
export const unmarked = (name: string): string => name.replace(before, '');

/** The names that the image of a mask may have, by what such a word adds to a mask's name. */
export const ownersOf = (name: string): readonly string[] =>
  [behind.exec(name)?.[1], unmarked(name)].flatMap((owner) =>
    owner === undefined || owner === name ? [] : owner,
  );

/** Whether a file among the images is named as the mask of another. */
export function isMaskOf(path: string, images: ImageFolder): boolean {
  const name = stem(path);
  return ownersOf(name).some((owner) => {
    const found = images.find(owner);
    return 'relative' in found && stem(found.relative) !== name;
  });
}
