import { picksTaps } from '../../graph/rules/gradient/preferred/rectified-pool.js';
import type { Classifier } from '../classifier.js';
import { dialect } from '../precision.js';
import { channelsFirstForm } from './channels-first.js';
import { fuseLayerNorm } from './fuse-layernorm.js';
import { poolFirst, withPlaces } from './max-pool.js';
import { mergeBatchNorm } from './merge-batchnorm.js';

export type Form = 'channels-first' | 'one-node-layernorm' | 'merged' | 'merged-before' | 'gradient';

const forms = new WeakMap<Classifier, Map<Form, Classifier>>();

/**
 * Returns an equivalent form of a classifier: `channels-first` takes images `[N, C, H, W]`;
 * `one-node-layernorm` has each LayerNormalization as one node; `merged` has BatchNormalization merged into
 * the layers before and after it, `merged-before` only into those before it; `gradient` is `merged-before`
 * with rectifiers moved behind max pooling, where their gradient is cheaper.
 */
export function inForm(model: Classifier, form: Form): Classifier {
  const { layout, channelsLast } = model.input;
  if (form === 'channels-first' && layout !== 'NHWC' && !channelsLast) return model;
  const known = forms.get(model) ?? new Map<Form, Classifier>();
  forms.set(model, known);
  const found = known.get(form);
  if (found) return found;
  const made = { ...model, ...inFormOf(model, form) };
  known.set(form, made);
  return made;
}

function inFormOf(model: Classifier, form: Form): Partial<Classifier> {
  const { graph, shapes } = model;
  if (form === 'channels-first') return channelsFirstForm(model);
  if (form === 'one-node-layernorm') return { graph: fuseLayerNorm(graph, shapes) };
  const merged = mergeBatchNorm(graph, shapes, {
    all: form === 'merged',
    type: model.precision === 'float64' ? 'float64' : 'float32',
  });
  if (form !== 'gradient') return merged;
  const swapped = poolFirst(merged.graph, merged.shapes);
  if (dialect(model) !== 'cpu') return swapped;
  const shape = (value: string) => swapped.shapes.get(value)!;
  return withPlaces(swapped.graph, swapped.shapes, (pool) => !picksTaps(pool, { shape }));
}
