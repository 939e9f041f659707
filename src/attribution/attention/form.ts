import type { Classifier } from '../../model/classifier.js';
import { fuseLayerNorm } from '../../model/forms/fuse-layernorm.js';

const forms = new WeakMap<Classifier, Classifier>();

/** The same classifier with every LayerNormalization a single node. */
export function plainForm(model: Classifier): Classifier {
  const found = forms.get(model);
  if (found) return found;
  const made = { ...model, graph: fuseLayerNorm(model.graph, model.shapes) };
  forms.set(model, made);
  return made;
}
