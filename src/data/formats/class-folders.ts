import { dirname } from 'node:path';
import { inputError } from '../../base/errors.js';
import type { RunContext } from '../../base/run.js';
import { type Annotated, type Annotations, labelsOf, stated } from './collect.js';
import { areAnswers, findingOf } from './csv-row.js';
import type { ImageFolder } from './files.js';
import { isHolder } from './folder-names.js';
import { type MasksAmong, masksAmong } from './masks-among.js';
import { isNothing, isUnsaid } from './nothing.js';
import { splitNamed } from './split-names.js';

/** The images of class folders, and the files among them that are masks of others. */
interface ClassFolders extends Annotations {
  readonly among: readonly string[];
  readonly unused: readonly MasksAmong[];
  /** The name of the only folder of images that show nothing. */
  readonly nothing?: string;
}

/**
 * Reads what each image shows from the folder that names its class, such as `train/PNEUMONIA/a.png`; a class
 * such as `NORMAL` means no finding. Folders of splits, folders that all images share and folders such as
 * `images` name no class. Masks are no images. Throws where images lie below two levels of other folders,
 * unless the first group of `pattern` in a path says which is the class.
 */
export async function readClassFolders(
  images: ImageFolder,
  pattern: RegExp | undefined,
  run: RunContext,
): Promise<ClassFolders> {
  const unused = await masksAmong(images, run);
  const among = new Set(unused.flatMap((masks) => masks.paths));
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
  return { labels: labelsOf(annotated), images: annotated, among: [...among], unused, ...said };
}

function classesByFolder(root: string, paths: readonly string[]): ReadonlyMap<string, string | undefined> {
  const folders = (path: string) =>
    dirname(path)
      .split('/')
      .filter((part) => part !== '.' && splitNamed(part) === undefined && !isHolder(part));
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
