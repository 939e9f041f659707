import type { Classifier } from '../../model/classifier.js';
import type { Tensor } from '../../tensor/tensor.js';

/**
 * A function of a model, an array of data and a key whose result is made once for all three, and made again
 * where it failed.
 */
export function keptFor<T>() {
  const known = new WeakMap<Classifier, WeakMap<Float32Array, Map<string | number, Promise<T>>>>();
  return (model: Classifier, { data }: Tensor, key: string | number, make: () => Promise<T>): Promise<T> => {
    const ofModel = known.get(model) ?? new WeakMap<Float32Array, Map<string | number, Promise<T>>>();
    known.set(model, ofModel);
    const ofData = ofModel.get(data) ?? new Map<string | number, Promise<T>>();
    ofModel.set(data, ofData);
    const found = ofData.get(key) ?? make();
    ofData.set(key, found);
    return found.catch((error) => {
      ofData.delete(key);
      throw error;
    });
  };
}
