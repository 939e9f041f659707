type Point = readonly [x: number, y: number];
type Node = Readonly<Record<string, unknown>>;

const nodeOf = (value: unknown): Node | undefined =>
  typeof value === 'object' && value !== null ? (value as Node) : undefined;

const numbersIn = (node: Node, names: readonly string[]): number[] | undefined => {
  const values = names.map((name) => Number(node[name] || Number.NaN));
  return values.every(Number.isFinite) ? values : undefined;
};

/**
 * The outline of a VOC object, in the forms that tools add to the format: `<polygon>` of `x1`, `y1` and so on
 * or of points `<pt>`, and `<robndbox>`, a box turned about its centre (roLabelImg). `undefined` where it has
 * none.
 */
export function vocOutline(object: unknown): readonly Point[] | undefined {
  const [polygon, turned] = [nodeOf(nodeOf(object)?.polygon), nodeOf(nodeOf(object)?.robndbox)];
  const points = polygon === undefined ? undefined : (listed(polygon) ?? numbered(polygon));
  if (points !== undefined && points.length > 2) return points;
  return turned === undefined ? undefined : cornersOf(turned);
}

function listed({ pt }: Node): Point[] | undefined {
  if (!Array.isArray(pt)) return undefined;
  const points = pt.flatMap((one): Point[] => {
    const [x, y] = numbersIn(nodeOf(one) ?? {}, ['x', 'y']) ?? [];
    return x === undefined ? [] : [[x, y!]];
  });
  return points.length === pt.length ? points : undefined;
}

function numbered(polygon: Node): Point[] {
  const points: Point[] = [];
  for (let i = 1; ; i++) {
    const point = numbersIn(polygon, [`x${i}`, `y${i}`]);
    if (point === undefined) return points;
    points.push([point[0]!, point[1]!]);
  }
}

function cornersOf(turned: Node): Point[] | undefined {
  const [x, y, width, height, angle] = numbersIn(turned, ['cx', 'cy', 'w', 'h', 'angle']) ?? [];
  if (x === undefined) return undefined;
  const [cos, sin] = [Math.cos(angle!), Math.sin(angle!)];
  return [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ].map(([u, v]) => {
    const [a, b] = [(u! * width!) / 2, (v! * height!) / 2];
    return [x + a * cos - b * sin, y! + a * sin + b * cos] as const;
  });
}
