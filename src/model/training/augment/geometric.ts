import { usageError } from '../../../base/errors.js';
import type { Random } from '../../../base/random.js';
import { type Augmentation, identity } from './affine.js';

const around = (random: Random, strength: number) => (2 * random.uniform() - 1) * strength;

export const flip: Augmentation = {
  name: 'flip',
  doc: 'mirrors left to right with this probability',
  strength: 0.5,
  kind: 'geometric',
  matrix: (random, strength) => (random.uniform() < strength ? [-1, 0, 0, 0, 1, 0] : identity),
};

export const upend: Augmentation = {
  name: 'upend',
  doc: 'mirrors top to bottom with this probability',
  strength: 0.5,
  kind: 'geometric',
  matrix: (random, strength) => (random.uniform() < strength ? [1, 0, 0, 0, -1, 0] : identity),
};

export const transpose: Augmentation = {
  name: 'transpose',
  doc: 'swaps rows and columns of square images with this probability',
  strength: 0.5,
  kind: 'geometric',
  matrix(random, strength, { width, height }) {
    if (width !== height)
      throw usageError(
        `augmentation 'transpose' takes square images; these have ${width} columns and ${height} rows`,
      );
    return random.uniform() < strength ? [0, 1, 0, 1, 0, 0] : identity;
  },
};

export const shift: Augmentation = {
  name: 'shift',
  doc: 'moves by up to this share of width and height',
  strength: 0.05,
  kind: 'geometric',
  matrix: (random, strength, { width, height }) => [
    1,
    0,
    around(random, strength) * width,
    0,
    1,
    around(random, strength) * height,
  ],
};

export const rotate: Augmentation = {
  name: 'rotate',
  doc: 'turns by up to so many degrees',
  strength: 10,
  kind: 'geometric',
  matrix(random, strength) {
    const angle = (around(random, strength) * Math.PI) / 180;
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    return [cos, -sin, 0, sin, cos, 0];
  },
};

export const scale: Augmentation = {
  name: 'scale',
  doc: 'enlarges or shrinks by up to this share',
  strength: 0.1,
  kind: 'geometric',
  matrix(random, strength) {
    const factor = (1 + strength) ** (2 * random.uniform() - 1);
    return [factor, 0, 0, 0, factor, 0];
  },
};
