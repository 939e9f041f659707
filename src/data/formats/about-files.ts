import type { RunContext } from '../../base/run.js';
import type { Fault } from './boxes.js';
import type { Draft } from './collect.js';
import { each } from './join.js';
import { aboutDicom, pagesOf } from './size.js';

/**
 * Adds data of DICOM files: the patient, where neither a pattern nor a table gives it, and what is to be told
 * of their frames and pixels. `patient` is the pattern of patients, which may be empty.
 */
export async function aboutFiles(
  drafts: readonly Draft[],
  { patient, salt }: { readonly patient: string; readonly salt: string },
  run: RunContext,
): Promise<readonly Draft[]> {
  return each(run, 'reading headers', drafts, async (draft) => {
    const about = await aboutDicom(draft.path, salt);
    const isOwn = draft.patient === draft.id;
    const faults: Fault[] = [...(draft.faults ?? [])];
    const tell = (kind: Fault['kind'], problem: string) => faults.push({ kind, problem });
    const frames = about?.frames ?? (await pagesOf(draft.path));
    if (frames > 1) tell('many-frames', `it holds ${frames} frames; the first is read`);
    if (patient !== '' && isOwn)
      tell(
        'no-patient',
        'the pattern of patients does not match its path: it counts as a patient of its own',
      );
    if (patient === '' && isOwn && about !== undefined && about.patient === undefined)
      tell('no-patient', 'its file names no patient: it counts as a patient of its own');
    if (about !== undefined && Math.abs(Math.log(about.aspect)) > UNEVEN)
      tell('uneven-pixels', `its pixels are ${proportion(about.aspect)}; they are shown as squares`);
    if (about?.burnedIn) tell('burned-in', 'its file says that text is burned into the picture');
    const known = patient === '' && isOwn && about?.patient !== undefined ? { patient: about.patient } : {};
    return { ...draft, ...known, ...(faults.length > 0 && { faults }) };
  });
}

/** From this logarithm of their proportions on, pixels are no squares. */
const UNEVEN = 0.02;

const proportion = (aspect: number): string =>
  aspect > 1
    ? `${Math.round(100 * aspect) / 100} times as high as wide`
    : `${Math.round(100 / aspect) / 100} times as wide as high`;
