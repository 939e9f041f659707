import type { Split } from '../../data/record.js';

/**
 * What a pixel is by construction. `cause`: the class changes it. `suppressor`: it says nothing about the
 * class by itself, and helps a classifier to remove what it shares with the cause. `confounder`: it is
 * associated with the class, but not through the cause. `distractor`: it varies visibly and neither says
 * nor removes anything.
 */
export const roles = ['cause', 'suppressor', 'confounder', 'distractor'] as const;
export type Role = (typeof roles)[number];

/** Pixels of each role, `[H * W]`, 0 or 1; a role that an image lacks is omitted. */
export type RoleMasks = Readonly<Partial<Record<Role, Uint8Array>>>;

/** One image of a problem. */
export interface Drawn {
  /** Index of its class. */
  readonly label: number;
  /** Grey values `[H * W]` in any unit; the data set scales all images together. */
  readonly image: Float32Array;
  readonly masks: RoleMasks;
  readonly split: Split;
  /** Shared by images that differ in their insertions only; they stay in one split. */
  readonly pair?: string;
  /** Whose image it is, where several images are of one patient; by default each pair is a patient. */
  readonly patient?: string;
  /** Other numbers and names that are known of the image. */
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/**
 * Images whose important pixels are known by construction. Image `i` is the same however often it is drawn.
 */
export interface Problem {
  readonly height: number;
  readonly width: number;
  /** Class names in the order of a model's outputs. */
  readonly classes: readonly string[];
  readonly images: number;
  /** The greatest magnitude of all images, where it is known; it is measured otherwise. */
  readonly greatest?: number;
  draw(index: number): Drawn;
}

/**
 * The split of the `k`-th image of a class by its place in each `period`: the last place is test, the one
 * before it validation. Classes and shares are exact.
 */
export function splitOf(k: number, period: number): Split {
  const place = k % period;
  return place === period - 1 ? 'test' : place === period - 2 ? 'validation' : 'train';
}
