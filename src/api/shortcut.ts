import { type OptionsOf, readOptions } from '../base/options.js';
import type { NameIn } from '../base/registry.js';
import { type DatasetName, type DatasetRequest, isPrepared, type TaskName } from '../benchmark/dataset.js';
import { shortcutAudit as runAudit, type ShortcutAudit } from '../benchmark/shortcut/audit.js';
import { shortcutOptions } from '../benchmark/shortcut/options.js';
import type { Dataset } from '../data/dataset.js';
import { runHere } from '../figures/here.js';
import type { Architecture } from '../model/architectures/architecture.js';
import type { architectures } from '../model/architectures/registry.js';
import { sharedEngine, type TrainingFor } from './model.js';

type Network = NameIn<typeof architectures> | Architecture;

/** The data, the marker, and which methods are asked; only `dataset` and `out` have no default. */
export interface ShortcutSettings<D = DatasetName | Dataset, T = TaskName, A = Network>
  extends DatasetRequest<D, T>,
    OptionsOf<typeof shortcutOptions> {
  /** The audit's folder; an interrupted audit resumes from it. */
  readonly out: string;
  /** Options of both trainings. */
  readonly training?: TrainingFor<A>;
  /** The folder for drawn data sets. */
  readonly drawn?: string;
}

/**
 * Plants a marker in a share of one class's training images, trains a model with it and one without, and asks
 * which methods reveal the shortcut, stay silent, or accuse the innocent model. `dataset` may also be the
 * folder of a prepared set. Throws for unknown names and options, and where `out` holds another audit.
 */
export function shortcutAudit<D extends DatasetName | Dataset, T extends TaskName, A extends Network>({
  out,
  training,
  drawn = 'data',
  ...given
}: ShortcutSettings<D, T, A>): Promise<ShortcutAudit> {
  const isOwn = ([name]: [string, unknown]) => name in shortcutOptions;
  const options = readOptions(
    shortcutOptions,
    Object.fromEntries(Object.entries(given).filter(isOwn)),
    'shortcut audit',
  );
  const request = Object.fromEntries(Object.entries(given).filter((one) => !isOwn(one) || one[0] === 'seed'));
  const { dataset } = given;
  return runHere(async (run) => {
    const isSet = typeof dataset === 'string' && (await isPrepared(dataset));
    const data = isSet ? { prepared: dataset } : { ...request, dataset };
    return runAudit({ data, training: training ?? {}, options, out, drawn }, sharedEngine(), run);
  });
}
