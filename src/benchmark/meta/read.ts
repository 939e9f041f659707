import { join } from 'node:path';
import { exists } from '../../base/files.js';
import { readTable } from '../../data/formats/table.js';
import { metaFolder } from './meta-evaluation.js';

/** A metric's score of a meta-evaluation; NaN where it is undefined. */
export interface MetaScore {
  readonly metric: string;
  readonly setting: string;
  readonly score: number;
}

/** The scores of a run's meta-evaluation; none where there was none. */
export async function readMeta(run: string): Promise<readonly MetaScore[]> {
  const path = join(metaFolder(run), 'metrics.csv');
  if (!(await exists(path))) return [];
  const { rows } = await readTable(path, ['metric', 'setting', 'score'], 'a meta-evaluation');
  return rows.map(({ metric, setting, score }) => ({
    metric: metric!,
    setting: setting!,
    score: score === '' ? Number.NaN : Number(score),
  }));
}
