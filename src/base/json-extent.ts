/** Limits that keep the value of a JSON text within Node's default heap. */
export interface JsonLimits {
  /** Maximum nesting of arrays and objects. */
  readonly depth: number;
  /** Maximum estimated memory of the parsed value in bytes, without the text. */
  readonly memory: number;
}

export const jsonLimits: JsonLimits = { depth: 64, memory: 2 ** 30 };

/** Estimated bytes of the parts of a value, somewhat above V8's. */
const cost = { container: 64, number: 8, item: 24, text: 32, newKey: 200 };

/** V8 parses the numbers of an array into heap objects before it packs them. */
const longList = 100_000;

/** Bits of the hash that identifies a key. */
const keyBits = 14;

const code = (character: string): number => character.charCodeAt(0);
const [quote, backslash, colon, comma] = [code('"'), code('\\'), code(':'), code(',')];
const [openList, closeList, openObject, closeObject] = [code('['), code(']'), code('{'), code('}')];

/**
 * Describes the limit that a JSON text exceeds, without parsing it; `undefined` where it exceeds none. The
 * text need not be valid JSON. A key costs memory only the first time, since objects share their keys.
 */
export function jsonFault(text: string, limits: JsonLimits = jsonLimits): string | undefined {
  const keys = new Int32Array(2 ** keyBits);
  /** By depth: number of items of the open array or object, and whether all are numbers. */
  const counts = new Int32Array(limits.depth + 1);
  const plain = new Uint8Array(limits.depth + 1);
  let [depth, memory] = [0, 0];
  const costOf = (items: number, isPlain: number | undefined) =>
    items * (isPlain === 1 && items < longList ? cost.number : cost.item);
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === quote) {
      const begin = at + 1;
      let hash = 0;
      for (at++; at < text.length; at++) {
        const inner = text.charCodeAt(at);
        if (inner === quote) break;
        if (inner === backslash) at++;
        hash = (Math.imul(hash, 31) + inner) | 0;
      }
      plain[depth] = 0;
      if (isKey(text, at + 1)) {
        const slot = (hash ^ (hash >>> keyBits)) & (keys.length - 1);
        if (keys[slot] !== hash) memory += cost.newKey + at - begin;
        keys[slot] = hash;
      } else memory += cost.text + at - begin;
    } else if (c === comma) counts[depth]!++;
    else if (c === openList || c === openObject) {
      plain[depth] = 0;
      if (++depth > limits.depth) return `it is nested deeper than ${limits.depth} levels`;
      [counts[depth], plain[depth]] = [0, 1];
      memory += cost.container;
    } else if (c === closeList || c === closeObject) {
      memory += costOf(counts[depth]! + 1, plain[depth]);
      depth = Math.max(0, depth - 1);
    } else if (c > closeList) plain[depth] = 0;
    else continue;
    if (memory + costOf(counts[depth]!, plain[depth]) > limits.memory)
      return `it holds so many values that they would take more than ${limits.memory} bytes of memory`;
  }
  return undefined;
}

/** Whether the next character that is no white space is a colon. */
function isKey(text: string, from: number): boolean {
  let at = from;
  while (text.charCodeAt(at) <= 32) at++;
  return text.charCodeAt(at) === colon;
}
