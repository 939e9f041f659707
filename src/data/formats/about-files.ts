import type { RunContext } from '../../base/run.js';
import type { DicomObject } from '../decode/dicom/file/object.js';
import { isSize, isStoredSize } from '../decode/orientation.js';
import type { Fault } from './boxes.js';
import type { Draft } from './collect.js';
import { each } from './join.js';
import { keptAsStored } from './mask-sizes.js';
import { joinedPatients, toldApart } from './patients.js';
import { aboutDicom, aboutPicture, type PictureAbout } from './size.js';
import { settledTurns } from './turned.js';
import { toldUneven } from './uneven.js';

/**
 * Adds data of DICOM files: the patient, where neither a pattern nor a table gives it, and what is to be told
 * of their frames, turns and pixels. `patient` is the pattern of patients, which may be empty.
 */
export async function aboutFiles(
  drafts: readonly Draft[],
  given: Readonly<Record<'patient' | 'salt' | 'format' | 'size', string>>,
  run: RunContext,
): Promise<readonly Draft[]> {
  const { patient, salt, format } = given;
  const [keys, read] = [new Map<string, string | undefined>(), new Set<string>()];
  const turned = new Map<Draft, PictureAbout>();
  const told = await each(run, 'reading headers', drafts, async ({ group, ...draft }) => {
    const about = await aboutDicom(draft.path, salt);
    if (about !== undefined && 'object' in about) return noPicture(draft, about);
    const isOwn = draft.patient === draft.id;
    const faults: Fault[] = [...(draft.faults ?? [])];
    const tell = (kind: Fault['kind'], problem: string) => faults.push({ kind, problem });
    const picture = about === undefined ? await aboutPicture(draft.path) : undefined;
    const { frames = 1 } = about ?? picture ?? {};
    if (frames > 1) tell('many-frames', `it holds ${frames} frames; the first is read`);
    if (patient !== '' && isOwn)
      tell(
        'no-patient',
        'the pattern of patients does not match its path: it counts as a patient of its own',
      );
    const isGrouped = patient === '' && isOwn && about?.patient === undefined && group !== undefined;
    if (patient === '' && isOwn && about !== undefined && about.patient === undefined && !isGrouped)
      tell('no-patient', 'its file names no patient: it counts as a patient of its own');
    for (const told of toldUneven(about?.aspect ?? 1)) tell('uneven-pixels', told);
    if (about?.burnedIn) tell('burned-in', 'its file says that text is burned into the picture');
    const isKnown = patient === '' && isOwn && about?.patient !== undefined;
    keys.set(draft.id, about?.patientKey);
    if (isKnown) read.add(draft.id);
    const known = {
      ...draft,
      ...(isKnown && { patient: about.patient! }),
      ...(isGrouped && { patient: group }),
      ...(faults.length > 0 && { faults }),
    };
    if (picture?.isTurned) turned.set(known, picture);
    return known;
  });
  const settled = format === 'masks' ? asOthers(told, turned) : settledTurns(told, turned, given);
  const joined = joinedPatients(settled, ({ id }) => (read.has(id) ? keys.get(id) : undefined));
  return toldApart(joined, ({ id }) => keys.get(id));
}

/**
 * Where masks are of pictures as they are stored, turned pictures without any are shown so too: how pictures
 * lie would tell which have one.
 */
function asOthers(drafts: readonly Draft[], turned: ReadonlyMap<Draft, PictureAbout>): readonly Draft[] {
  if (![...turned].some(([draft, { stored, ...shown }]) => isStoredSize(draft, stored, shown))) return drafts;
  const areAll = drafts.some(({ asStored }) => asStored);
  return drafts.map((draft) => {
    const { stored, ...shown } = turned.get(draft) ?? {};
    const isBare = draft.boxes.length + draft.regions.length === 0 && draft.width === undefined;
    if (stored === undefined || !isBare || (!areAll && isSize(shown, stored))) return draft;
    const faults = [...(draft.faults ?? []), keptAsStored];
    return { ...draft, ...stored, ...(areAll && { asStored: true }), faults };
  });
}

/** A draft whose file holds no picture, which it tells alone. */
const noPicture = (draft: Draft, { object, advice }: DicomObject): Draft => ({
  ...draft,
  isNoPicture: true,
  faults: [{ kind: 'unreadable', problem: `it is ${object}, no image; ${advice}` }],
});
