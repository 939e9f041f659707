import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { inputError } from '../../base/errors.js';
import type { Box, Region } from '../record.js';
import { cornerBox, type Corners as Ends, type Fault, ordered, placeBox } from './boxes.js';
import { type Annotated, stated } from './collect.js';
import { limits, readText } from './files.js';
import { xmlKind } from './known.js';
import { boundingBox } from './polygons.js';
import { vocOutline } from './voc-outline.js';

/**
 * Meaning of corners. `inclusive`: pixels counted from 1, both ends included, as in the Pascal VOC
 * development kit. `corners`: continuous coordinates, where the difference of corners is the width, as in
 * labelImg and most tools. labelImg writes 1 instead of 0 at an edge, so 1 is read as 0.
 */
export type Corners = 'inclusive' | 'corners';

const what = 'a Pascal VOC annotation (XML)';
const maxObjects = 100_000;
const maxDepth = 16;

const parser = new XMLParser({
  processEntities: false,
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: true,
  maxNestedTags: maxDepth,
  isArray: (name) => name === 'object',
});

/**
 * Reads one Pascal VOC file (Everingham et al. 2010, DOI 10.1007/s11263-009-0275-4). Throws for entities and
 * document types. A box with two equal corners is degenerate in both conventions, and so is one of included
 * pixels that ends just before it starts. The outlines that tools add
 * to the format are read.
 */
export async function readVoc(path: string, corners: Corners): Promise<Annotated> {
  return parseVoc(await readText(path, what, limits.xml), path, corners);
}

export function parseVoc(text: string, path: string, corners: Corners): Annotated {
  if (/<!(DOCTYPE|ENTITY)/i.test(text))
    throw inputError(`${path}: declares a document type; ${what} has none`);
  const checked = XMLValidator.validate(text);
  if (checked !== true) {
    throw inputError(`${path}: malformed XML at line ${checked.err.line}; expected ${what}`);
  }
  const root = parse(text, path);
  const annotation = child(root, 'annotation');
  if (annotation === undefined) {
    const kind = xmlKind(root);
    throw inputError(`${path}: ${kind ?? 'has no <annotation>'}; expected ${what}`);
  }
  const size = child(annotation, 'size');
  const objects = list(annotation, 'object');
  if (objects.length > maxObjects)
    throw inputError(`${path}: ${objects.length} objects, more than ${maxObjects}`);
  const faults: Fault[] = [];
  const findings: string[] = [];
  const regions: Region[] = [];
  const drawn = objects.flatMap((object, i) => {
    const label = plain(leaf(object, 'name') ?? '');
    const corner = (name: string) => {
      const value = Number(leaf(child(object, 'bndbox'), name) || Number.NaN);
      if (!Number.isFinite(value))
        throw inputError(`${path}: object ${i + 1} has no number in <bndbox><${name}>`);
      return value;
    };
    if (label === '') throw inputError(`${path}: object ${i + 1} has no <name>`);
    const points = vocOutline(object);
    if (points !== undefined) regions.push({ kind: 'polygon', label, points });
    if (child(object, 'bndbox') === undefined) {
      if (points !== undefined) return boundingBox(label, points);
      findings.push(label);
      return [];
    }
    const given = [corner('xmin'), corner('ymin'), corner('xmax'), corner('ymax')] as const;
    const numbered = (fault: Fault) => ({ ...fault, problem: `object ${i + 1}, ${fault.problem}` });
    const checked = (box: Box) => {
      const { fault } = placeBox(box);
      if (fault?.kind === 'degenerate') faults.push(numbered(fault));
      return box;
    };
    if (corners === 'inclusive' && isEmpty(given)) return checked(cornerBox(label, given));
    const ends = ordered(label, given);
    faults.push(...ends.faults.map(numbered));
    if (
      corners === 'inclusive' &&
      Math.min(ends.corners[0], ends.corners[1]) === 0 &&
      !faults.includes(fromZero)
    )
      faults.push(fromZero);
    return checked(place(label, ends.corners, corners));
  });
  const [width, height] = [dimension(size, 'width'), dimension(size, 'height')];
  const file = plain(leaf(annotation, 'filename') ?? '');
  return {
    file,
    ...(width && height ? { width, height } : {}),
    // Those without an area are told by their numbers.
    boxes: drawn.filter((box) => placeBox(box).fault?.kind !== 'degenerate'),
    regions,
    faults,
    ...stated(findings, drawn),
  };
}

const fromZero: Fault = {
  kind: 'inconsistent',
  problem:
    'a box begins at 0, where pixels are counted from 1: option corners=corners reads continuous coordinates',
};

/** Whether pixels from one corner to the other, both included, are none: the end is just before the start. */
const isEmpty = ([left, top, right, bottom]: Ends): boolean => right === left - 1 || bottom === top - 1;

function place(label: string, ends: Ends, corners: Corners) {
  const [left, top, right, bottom] = ends;
  if (left === right && top === bottom) return cornerBox(label, ends);
  if (corners === 'inclusive') return cornerBox(label, [left - 1, top - 1, right, bottom]);
  const edge = (value: number) => (value === 1 ? 0 : value);
  return cornerBox(label, [edge(left), edge(top), right, bottom]);
}

function parse(text: string, path: string): unknown {
  try {
    return parser.parse(text);
  } catch (error) {
    throw inputError(
      `${path}: malformed XML, or nested deeper than ${maxDepth} levels; expected ${what}`,
      error,
    );
  }
}

function child(node: unknown, name: string): unknown {
  if (typeof node !== 'object' || node === null || !Object.hasOwn(node, name)) return undefined;
  return (node as Record<string, unknown>)[name];
}

function list(node: unknown, name: string): unknown[] {
  const found = child(node, name);
  return Array.isArray(found) ? found : [];
}

function leaf(node: unknown, name: string): string | undefined {
  const found = child(node, name);
  return typeof found === 'string' ? found : undefined;
}

function dimension(size: unknown, name: string): number | undefined {
  const value = Number(leaf(size, name));
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const plain = (text: string) =>
  text.replace(/&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([\da-f]{1,6}));/gi, (all, name, decimal, hex) => {
    if (name !== undefined) return named[String(name).toLowerCase()]!;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
