import { closest } from 'fastest-levenshtein';
import { usageError } from '../base/errors.js';
import type { Classifier } from './classifier.js';

/** The value of a model's graph that a name in its file stands for. Throws a usage error for an unknown one. */
export function valueNamed(model: Classifier, name: string): string {
  const value = model.aliases?.get(name) ?? name;
  if (model.shapes.has(value) && !model.graph.initializers.has(value)) return value;
  const known = [...model.graph.nodes.flatMap((n) => n.outputs), ...(model.aliases?.keys() ?? [])];
  throw usageError(`the model has no value '${name}'; did you mean '${closest(name, known)}'?`);
}
