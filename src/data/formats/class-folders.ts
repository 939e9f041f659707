import { dirname } from 'node:path';
import { inputError } from '../../base/errors.js';
import { type Annotated, type Annotations, labelsOf, stated } from './collect.js';
import { areAnswers, findingOf } from './csv-row.js';
import { groupBy, type ImageFolder, stem } from './files.js';
import { isMaskOf, isMaskWord } from './mask-names.js';
import { isNothing, isUnsaid } from './nothing.js';
import { splitNamed } from './split-names.js';

/** The images of class folders, and the files among them that are masks of others. */
interface ClassFolders extends Annotations {
  readonly among: readonly string[];
  /** The name of the only folder of images that show nothing. */
  readonly nothing?: string;
}

/**
 * Reads what each image shows from the folder that names its class, such as `train/PNEUMONIA/a.png`; a class
 * such as `NORMAL` means no finding. Folders of splits, folders that all images share and folders such as
 * `images` name no class. Masks are no images. Throws where images lie below two levels of other folders,
 * unless the first group of `pattern` in a path says which is the class.
 */
export function readClassFolders(images: ImageFolder, pattern: RegExp | undefined): ClassFolders {
  const among = new Set(masksAmong(images));
  const paths = images.paths.filter((path) => !among.has(path));
  const classOf = pattern
    ? new Map(paths.map((path) => [path, pattern.exec(path)?.[1]]))
    : classesByFolder(images.root, paths);
  const classes = [...new Set([...classOf.values()].flatMap((name) => name ?? []))].sort();
  checkClasses(images.root, classes);
  const isAnswer = areAnswers(classes);
  const annotated = paths.map((file): Annotated => {
    const name = classOf.get(file);
    const bare = { file, boxes: [], regions: [] };
    if (name !== undefined && !isUnsaid(name))
      return { ...bare, ...stated([isAnswer ? findingOf(name) : name], []) };
    const why = name === undefined ? 'it is in no class folder' : 'nobody knows its class';
    const problem = `${why}: it counts as not annotated`;
    return { ...bare, faults: [{ kind: 'missing-annotation', problem }], annotated: false };
  });
  const [nothing, ...others] = isAnswer ? [] : classes.filter(isNothing);
  const said = others.length === 0 && nothing !== undefined && { nothing };
  return { labels: labelsOf(annotated), images: annotated, among: [...among], ...said };
}

/** Files named as masks of other images, and those in a folder such as `masks` with an image's name. */
function masksAmong(images: ImageFolder): readonly string[] {
  const named = groupBy(images.paths, stem);
  const isIn = (path: string) => dirname(path).split('/').some(isMaskWord);
  return images.paths.filter(
    (path) => isMaskOf(path, images) || (isIn(path) && named.get(stem(path))!.some((other) => !isIn(other))),
  );
}

/** Folders that part files by what they are, not by what they show. */
const holder = /^(image|img|picture|pic|photo|scan|file|data|png|jpe?g|dicom|dcm|tiff?)s?$/i;

function classesByFolder(root: string, paths: readonly string[]): ReadonlyMap<string, string | undefined> {
  const folders = (path: string) =>
    dirname(path)
      .split('/')
      .filter((part) => part !== '.' && splitNamed(part) === undefined && !holder.test(part));
  const all = paths.map(folders);
  const isShared = (level: number) =>
    all.every((own) => own[level] !== undefined && own[level] === all[0]![level]);
  let level = 0;
  while (isShared(level)) level++;
  const deep = all.findIndex((own) => own.length > level + 1);
  if (deep >= 0)
    throw inputError(
      `${root}: two folders may name the class of ${paths[deep]} (${all[deep]!.slice(level).join(' and ')}); option class says which does, by a regular expression with a group, such as class=^([^/]+)/ for the first or class=([^/]+)/[^/]+$ for the last`,
    );
  return new Map(paths.map((path, i) => [path, all[i]![level]]));
}

function checkClasses(root: string, classes: readonly string[]): void {
  if (classes.length < 2) {
    const found = classes.length === 0 ? 'all in one folder' : `in one class folder, ${classes[0]}`;
    throw inputError(
      `${root}: its images are ${found}; expected a folder for each class, such as NORMAL and PNEUMONIA, which folders of splits may hold`,
    );
  }
  if (!areAnswers(classes) && classes.some((name) => !Number.isNaN(Number(name))))
    throw inputError(
      `${root}: its class folders are numbers (${classes.slice(0, 8).join(', ')}), which do not say what is found; name each by what its images show, and 'no finding' where they show nothing`,
    );
}
