import { inputError } from '../base/errors.js';
import { type DatasetName, type DatasetRequest, datasetOf } from '../benchmark/dataset.js';
import type { Dataset } from '../data/dataset.js';
import { runHere } from '../figures/here.js';
import { definitions } from '../ground-truth/definitions/definition.js';
import { countsOf, countText, importanceOf } from '../ground-truth/importance.js';
import type { Tensor } from '../tensor/tensor.js';

/** What a definition of importance says of a problem. */
export interface DefinedImportance {
  /** Its name. */
  readonly definition: string;
  /** When it calls a pixel important. */
  readonly statement: string;
  /** Where it is known to fail. */
  readonly failure: string;
  /** Its scores `[H, W]`. */
  readonly map: Tensor;
  /** 1 where it calls a pixel important, `[H, W]`. */
  readonly important: Tensor;
  /** How many pixels of the cause it calls important: `8 of 8`. */
  readonly cause: string;
  /** The same of all other pixels. */
  readonly others: string;
}

/**
 * Asks seven definitions of importance which pixels of a problem with known important pixels are important,
 * from its images and classes alone, without a model. `datasetOptions` are those of the problem. Throws an
 * input error for a data set whose pixels of the cause are not known by construction.
 */
export function importance<D extends DatasetName | Dataset>({
  dataset,
  datasetOptions,
  drawn = 'data',
}: Pick<DatasetRequest<D>, 'dataset' | 'datasetOptions'> & { readonly drawn?: string }): Promise<
  DefinedImportance[]
> {
  const { name, defaults } = datasetOf(dataset);
  if (defaults.task !== 'stated-class')
    throw inputError(`data set ${name} is not a problem whose important pixels are known by construction`);
  return runHere(async (run) => {
    const made = await importanceOf({ dataset, options: datasetOptions ?? {} }, drawn, run);
    const onImage = (values: readonly number[]): Tensor => ({
      data: Float32Array.from(values),
      shape: [made.height, made.width],
    });
    return made.found.map(({ definition, scores, important }) => {
      const { statement, failure } = definitions.find(({ name }) => name === definition)!;
      const { cause, others } = countsOf(made, definition);
      const maps = { map: onImage(scores), important: onImage(important) };
      return { definition, statement, failure, ...maps, cause: countText(cause), others: countText(others) };
    });
  });
}
