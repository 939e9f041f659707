/** A symmetry of the square: which pixel of the original one of the turned picture shows. */
export interface Symmetry {
  /** What it does to a picture; empty where it does nothing. */
  readonly name: string;
  readonly transposed: boolean;
  readonly mirroredX: boolean;
  readonly mirroredY: boolean;
}

/** The eight symmetries of the square, the first of which leaves a picture as it is. */
export const symmetries: readonly Symmetry[] = [false, true].flatMap((transposed) =>
  [false, true].flatMap((mirroredY) =>
    [false, true].map((mirroredX) => ({
      name: nameOf(transposed, mirroredX, mirroredY),
      ...{ transposed, mirroredX, mirroredY },
    })),
  ),
);

function nameOf(transposed: boolean, x: boolean, y: boolean): string {
  if (transposed) return x === y ? 'mirrored and turned by 90 degrees' : 'turned by 90 degrees';
  if (x && y) return 'turned by 180 degrees';
  if (!x && !y) return '';
  return x ? 'mirrored left to right' : 'mirrored top to bottom';
}

/** A square picture of `side` pixels under a symmetry. */
export function turned<A extends Float32Array | Int8Array | Uint8Array>(
  picture: A,
  side: number,
  { transposed, mirroredX, mirroredY }: Symmetry,
): A {
  const out = picture.slice() as A;
  const column = mirroredX ? -1 : 1;
  const row = mirroredY ? -side : side;
  const first = (mirroredX ? side - 1 : 0) + (mirroredY ? (side - 1) * side : 0);
  const toTheRight = transposed ? row : column;
  const down = transposed ? column : row;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) out[y * side + x] = picture[first + x * toTheRight + y * down]!;
  }
  return out;
}
