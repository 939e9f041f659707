import { mkdtempSync, readFileSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { type Arrays, readNpz, writeNpz } from '../../tensor/npz.js';
import { textArray, textOf } from '../../tensor/npz-json.js';
import { runLine } from '../../testing/command-line.js';

const about = {
  ...{ format: 'sightline-problem-file', version: 1, name: 'two-halves', accuracy: 0.9 },
  training: { architecture: 'logistic', epochs: 10, batch: 32, rate: 0.05, hide: 0 },
};

/** 120 images of 8x8: the class moves the left half, the right half shares its noise. */
function problemArrays(): Record<string, Arrays[string]> {
  const [count, size] = [120, 64];
  const random = seededRandom('two halves');
  const images = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const noise = 0.5 * random.normal();
    for (let p = 0; p < size; p++)
      images[i * size + p] = p % 8 < 4 ? 2 * (i % 2) - 1 + noise : noise + 0.1 * random.normal();
  }
  const left = Uint8Array.from({ length: size }, (_, p) => (p % 8 < 4 ? 1 : 0));
  return {
    problem: textArray(JSON.stringify(about)),
    images: { data: images, shape: [count, 8, 8] },
    labels: { data: Uint8Array.from({ length: count }, (_, i) => i % 2), shape: [count] },
    cause: { data: left, shape: [8, 8] },
    suppressor: { data: left.map((one) => 1 - one), shape: [8, 8] },
  };
}

describe('a problem and a method of others', () => {
  const root = mkdtempSync(join(tmpdir(), 'sightline-'));
  afterAll(() => rm(root, { recursive: true, force: true }));
  const at = (...path: string[]) => join(root, ...path);
  const entry = (method: string) => at('kit', 'submissions', `${method}.npz`);
  const ask = (command: string, ...rest: string[]) =>
    runLine(command, ...rest, '--problem', at('mine.npz'), '--drawn', at('drawn'));

  beforeAll(async () => {
    await writeNpz(at('mine.npz'), problemArrays());
    const { code, errors } = await runLine(
      ...['ground-truth', '--problem', at('mine.npz'), '--seeds', '1', '--explain', '4'],
      ...['--methods', 'gradient,activation-pattern,random', '--metrics', 'emd-score,precision'],
      ...['--kit', at('kit'), '--out', at('run')],
    );
    expect([code, errors.filter((line) => line.startsWith('sightline'))]).toEqual([0, []]);
  }, 120_000);

  it('are never taken for another file, but for a copy of it', async () => {
    const suite = (file: string) =>
      runLine(
        ...['ground-truth', '--problem', at(file), '--seeds', '1', '--explain', '2', '--methods', 'gradient'],
        ...['--metrics', 'precision', '--out', at('again')],
      );
    const made = async () => readFileSync(at('again', 'results.json'), 'utf8');
    await writeNpz(at('first.npz'), problemArrays());
    expect((await suite('first.npz')).code).toBe(0);
    const before = await made();
    await cp(at('first.npz'), at('moved.npz'));
    expect((await suite('moved.npz')).code).toBe(0);
    expect(JSON.parse(await made()).cells).toEqual(JSON.parse(before).cells);
    for (const name of ['images', 'cause']) {
      const arrays = problemArrays();
      arrays[name]!.data[40] = 1 - Number(arrays[name]!.data[40]);
      await writeNpz(at('first.npz'), arrays);
      const { code, errors } = await suite('first.npz');
      expect([code, errors.at(-1)]).toEqual([
        2,
        expect.stringMatching(/holds another prepared set \(.*, or made of a file that has changed\)/),
      ]);
    }
  }, 120_000);

  it('go through the suite, whose own scores are those of its submissions', async () => {
    const { cells } = JSON.parse(readFileSync(at('run', 'results.json'), 'utf8'));
    const { out, code } = await ask('verify', entry('gradient'), '--kit', at('kit'), '--json');
    const { scores, equal } = JSON.parse(out.join('\n'));
    expect([code, equal]).toEqual([0, true]);
    for (const metric of ['emd-score', 'precision', 'enrichment of suppressor']) {
      const cell = cells.find(
        (one: { method: string; metric: string }) => one.method === 'gradient' && one.metric === metric,
      );
      const score = scores.find((one: { metric: string }) => one.metric === metric);
      expect(score.mean).toBeCloseTo(cell.mean, 6);
    }
  });

  /** A submission with other arrays or another description. */
  async function changed(
    name: string,
    change: (about: never, arrays: Record<string, Arrays[string]>) => void,
  ) {
    const { submission, ...arrays } = await readNpz(entry('gradient'));
    const told = JSON.parse(textOf(submission!, 'it'));
    const rest = { ...arrays };
    change(told as never, rest);
    const path = at(`${name}.npz`);
    await writeNpz(path, { submission: textArray(JSON.stringify(told)), ...rest });
    return path;
  }
  interface About {
    tasks: { images: string[]; imagesSha256: string; targets: number[] }[];
    scores: { mean: number }[];
    suite: string;
    method: object;
  }

  it('differ where a score is not that of the maps, and by how much', async () => {
    const path = await changed('boasting', (told: About) => {
      told.scores[0]!.mean += 0.25;
    });
    const { code, out, errors } = await ask('verify', path);
    expect(code).toBe(1);
    expect(out.join('\n')).toContain('differs by 0.250000');
    expect(errors.at(-1)).toContain('1 stated scores are not those of the maps');
  });

  it.each<[string, (told: About, arrays: Record<string, Arrays[string]>) => void, string]>([
    [
      'other-image',
      (told) => told.tasks[0]!.images.splice(0, 1, '../../etc/passwd'),
      'has no image "../../etc',
    ],
    [
      'other-hash',
      (told) => Object.assign(told.tasks[0]!, { imagesSha256: '0'.repeat(64) }),
      'are not those of the problem',
    ],
    ['no-target', (told) => told.tasks[0]!.targets.pop(), '4 images, 3 targets'],
    [
      'other-suite',
      (told) => Object.assign(told, { suite: 'constructor' }),
      "no problem of suite 'constructor'",
    ],
    ['unknown-score', (told) => Object.assign(told.scores[0]!, { metric: 'beauty' }), 'states beauty'],
    ['no-map', (_, arrays) => delete arrays['two-halves/model-0'], "lacks the maps 'two-halves/model-0'"],
    ['more', (_, arrays) => Object.assign(arrays, { extra: textArray('1') }), "holds 'extra'"],
    [
      'small-map',
      (_, arrays) =>
        Object.assign(arrays, { 'two-halves/model-0': { data: new Float32Array(16), shape: [4, 2, 2] } }),
      'of 2x2 pixels',
    ],
  ])('are refused in one line: %s', async (name, change, words) => {
    const { code, errors } = await ask('verify', await changed(name, change as never));
    expect(code).toBe(1);
    expect(errors.at(-1)).toContain(words);
  });

  it('are refused where they are no archive, or not for the kit', async () => {
    await writeFile(at('text.npz'), 'no archive');
    expect((await ask('verify', at('text.npz'))).errors.at(-1)).toContain('no .npz file that can be read');
    await cp(at('kit', 'kit.json'), at('other', 'kit.json'));
    const kit = JSON.parse(readFileSync(at('kit', 'kit.json'), 'utf8'));
    kit.tasks[0].targets[0] = 1 - kit.tasks[0].targets[0];
    await writeFile(at('other', 'kit.json'), JSON.stringify(kit));
    const { code, errors } = await ask('verify', entry('random'), '--kit', at('other'));
    expect([code, errors.at(-1)]).toEqual([1, expect.stringContaining('is not as in the kit')]);
  });

  it('make a leaderboard with hashes, by scores that are computed here', async () => {
    const files = ['random', 'gradient', 'activation-pattern'].map(entry);
    const boasting = await changed('boasting-too', (told: About) => {
      for (const score of told.scores) score.mean = 1;
    });
    const { code, out } = await ask('leaderboard', ...files, boasting, '--out', at('board'));
    expect(code).toBe(0);
    expect(out.join('\n')).toBe(readFileSync(at('board', 'leaderboard.md'), 'utf8').trimEnd());
    const { entries } = JSON.parse(readFileSync(at('board', 'leaderboard.json'), 'utf8'));
    expect(entries[0].method).toBe('activation-pattern');
    expect(entries.filter((one: { equal: boolean }) => !one.equal)).toHaveLength(1);
    expect(entries.every((one: { sha256: string }) => /^[0-9a-f]{64}$/.test(one.sha256))).toBe(true);
  });

  it('gain nothing on a leaderboard by maps of NaN, nor by control characters', async () => {
    const hiding = await changed('hiding', (told: About, arrays: Arrays) => {
      Object.assign(told, { scores: [] });
      Object.assign(told.method, { name: 'hidden\u001b[31m|' });
      for (const map of Object.values(arrays))
        if (map.data instanceof Float32Array) map.data.fill(Number.NaN, map.data.length / 4);
    });
    const { out, code } = await ask('leaderboard', entry('random'), hiding, '--out', at('hidden'));
    expect([code, out.join('\n').includes('\u001b')]).toEqual([0, false]);
    const { entries } = JSON.parse(readFileSync(at('hidden', 'leaderboard.json'), 'utf8'));
    expect(entries[1]).toMatchObject({ place: 2, undefined: 3, stated: 0 });
    expect(out.join('\n')).toContain('| 3 | none |');
    expect(entries[1].mean).toBeLessThan(1 / 4);
  });

  it.each<[string, (arrays: Record<string, Arrays[string]>) => void, string]>([
    [
      'an empty cause',
      (arrays) => Object.assign(arrays, { cause: { data: new Uint8Array(64), shape: [8, 8] } }),
      'cause [8,8] is 0 everywhere; it takes 1 where',
    ],
    ['no cause', (arrays) => delete arrays.cause, "lacks 'cause'"],
    [
      'masks of another size',
      (arrays) => Object.assign(arrays, { cause: textArray('12') }),
      'cause has shape [2]',
    ],
    [
      'a label too many',
      (arrays) => Object.assign(arrays, { labels: textArray('a') }),
      'labels has shape [1]',
    ],
    [
      'grey masks',
      (arrays) => Object.assign(arrays, { cause: { data: new Uint8Array(64).fill(7), shape: [8, 8] } }),
      'other values than 0 and 1',
    ],
    ['no JSON', (arrays) => Object.assign(arrays, { problem: textArray('{') }), 'no JSON'],
  ])('a problem with %s is refused in one line', async (name, change, words) => {
    const arrays = problemArrays();
    change(arrays);
    const path = at(`${name}.npz`);
    await writeNpz(path, arrays);
    const { code, errors } = await runLine('ground-truth', '--problem', path, '--out', at('never'));
    expect([code, errors.at(-1)]).toEqual([1, expect.stringContaining(words)]);
  });
});
