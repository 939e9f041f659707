import { datasets } from '../data/datasets/catalogue.js';
import { augmentOption } from '../model/training/augment/parse.js';

/**
 * What is to be told of a training that mirrors chest radiographs: the heart then lies on the right, as in
 * situs inversus, which hardly any patient has. Drawn phantoms are mirrored by default.
 */
export function mirrorCautions(dataset: unknown, augment: unknown): string[] {
  const known = Object.values(datasets).find(({ name }) => name === dataset);
  const isChest = known !== undefined && /^chest radiography(?!, drawn)/.test(known.modality);
  const chosen = augmentOption.read(augment) ?? [];
  if (!isChest || !chosen.some(({ name, strength }) => name === 'flip' && strength > 0)) return [];
  return [
    `CAUTION: --augment flip mirrors the chest radiographs of ${known.name}: half of the training images show the heart on the right, as in situs inversus.`,
  ];
}
