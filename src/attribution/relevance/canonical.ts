import { mergeBatchNorm } from '../../graph/passes/merge-batchnorm.js';
import type { Classifier } from '../../model/classifier.js';

export type Form = 'merged' | 'merged-before';

const forms = new WeakMap<Classifier, Map<Form, Classifier>>();

/**
 * The same classifier with BatchNormalization merged into the layers around it (`merged`), or into the ones before it
 * alone (`merged-before`).
 */
export function inForm(model: Classifier, form: Form): Classifier {
  const known = forms.get(model) ?? new Map<Form, Classifier>();
  forms.set(model, known);
  const found = known.get(form);
  if (found) return found;
  const made = { ...model, ...mergeBatchNorm(model.graph, model.shapes, { all: form === 'merged' }) };
  known.set(form, made);
  return made;
}
