import type { Option } from '../../../base/options.js';
import { registryOf } from '../../../base/registry.js';
import type { Augmentation } from './affine.js';
import * as all from './index.js';

export interface Chosen {
  readonly name: string;
  readonly strength: number;
}

/** All augmentations by name. */
export const augmentations: Readonly<Record<string, Augmentation>> = registryOf(all);

const usual = Object.values(augmentations)
  .map(({ name, strength }) => `${name}=${strength}`)
  .join(', ');

export const augmentOption: Option<readonly Chosen[], readonly Chosen[] | string> = {
  doc: 'random changes of the training images, with their strengths',
  accepts: `none, or some of ${usual} (as in flip,rotate=5)`,
  default: [],
  read(given) {
    if (given === 'none' || given === '') return [];
    const parts = typeof given === 'string' ? given.split(',').map(parse) : given;
    return Array.isArray(parts) && parts.every(isChosen) ? parts : undefined;
  },
};

function parse(part: string): Chosen | undefined {
  const [name, strength] = part.split('=').map((text) => text.trim()) as [string, string?];
  const found = Object.hasOwn(augmentations, name) ? augmentations[name] : undefined;
  if (!found || strength === '') return undefined;
  return { name, strength: strength === undefined ? found.strength : Number(strength) };
}

function isChosen(value: unknown): value is Chosen {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('strength' in value))
    return false;
  const { name, strength } = value;
  return (
    typeof name === 'string' &&
    Object.hasOwn(augmentations, name) &&
    typeof strength === 'number' &&
    strength >= 0 &&
    strength < Infinity
  );
}
