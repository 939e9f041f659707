import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod/mini';
import { openStore } from './store.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-store-'));
});
afterEach(() => rm(dir, { recursive: true }));

const loss = z.object({ loss: z.number() });
const config = { dataset: 'phantom', training: { epochs: 3, rate: 0.1 }, seed: 0 };

describe('the folder of a run', () => {
  it("keeps a step's result for the next run", async () => {
    const first = await openStore(dir, config);
    expect(await first.once('train', loss, async () => ({ loss: 0.1 }))).toEqual({ loss: 0.1 });
    const again = await openStore(dir, config);
    expect(await again.once('train', loss, async () => expect.unreachable())).toEqual({ loss: 0.1 });
  });

  it('repeats a step whose file is truncated', async () => {
    const store = await openStore(dir, config);
    await store.keep('score', { values: [1, 2, 3] });
    await truncate(store.path('steps', 'score.json'), 9);
    expect(await store.find('score', z.string())).toBeUndefined();
    expect(await store.once('score', z.string(), async () => 'new')).toBe('new');
    expect(await store.find('score', z.string())).toBe('new');
  });

  it('refuses a step whose file was altered, and reads one without a checksum', async () => {
    const store = await openStore(dir, config);
    await store.keep('train', { loss: 0.25 });
    const path = store.path('steps', 'train.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('0.25', '0.26'));
    await expect(store.find('train', loss)).rejects.toThrow(
      `${path}: does not match its checksum; remove it to make the step again`,
    );
    await writeFile(path, '{"loss":0.26}\n');
    expect(await store.find('train', loss)).toEqual({ loss: 0.26 });
  });

  it('repeats a step whose result no longer holds', async () => {
    const store = await openStore(dir, config);
    await store.keep('explain', { sha256: 'old' });
    const holds = async ({ sha256 }: { sha256: string }) => sha256 === 'new';
    expect(
      await store.once('explain', z.object({ sha256: z.string() }), async () => ({ sha256: 'new' }), holds),
    ).toEqual({ sha256: 'new' });
  });

  it('stores nothing for a failed step', async () => {
    const store = await openStore(dir, config);
    const fail = async () => {
      throw new Error('no');
    };
    await expect(store.once('train', loss, fail)).rejects.toThrow('no');
    expect(await store.find('train', loss)).toBeUndefined();
    expect(await readdir(dir)).toEqual(['config.json']);
  });

  it('resumes a run whose options have command-line spelling', async () => {
    const store = await openStore(dir, { training: { 'class-weights': 'balanced' } });
    await store.keep('train', 1);
    const again = await openStore(dir, { training: { classWeights: 'balanced' } });
    expect(await again.find('train', z.number())).toBe(1);
  });

  it('accepts another configuration while it has no results', async () => {
    await openStore(dir, config);
    await openStore(dir, { ...config, seed: 1 });
    expect(JSON.parse(await readFile(join(dir, 'config.json'), 'utf8'))).toMatchObject({ seed: 1 });
  });

  it('begins again where a run stopped before its first result', async () => {
    const stopped = await openStore(dir, config);
    await stopped.keep('data', { contentHash: 'old' });
    await mkdir(stopped.path('prepared'));
    expect((await openStore(dir, config)).replaced).toBeUndefined();
    const again = await openStore(dir, { ...config, seed: 1 });
    expect(again.replaced).toEqual(config);
    expect(await again.find('data', z.unknown())).toBeUndefined();
    await again.keep('train', {});
    await expect(openStore(dir, config)).rejects.toThrow('seed was 1, now 0');
  });

  const others: [string, object, RegExp][] = [
    ['a changed value', { ...config, seed: 1 }, /seed was 0, now 1/],
    ['a nested one', { ...config, training: { epochs: 4, rate: 0.1 } }, /training\.epochs was 3, now 4/],
    ['a new one', { ...config, model: 'm' }, /model was not set, now "m"/],
    ['one that is gone', { dataset: 'phantom', training: config.training }, /seed was 0, now not set/],
  ];
  it.each(others)('rejects another configuration with the first difference: %s', async (_, now, message) => {
    await (await openStore(dir, config)).keep('train', {});
    await expect(openStore(dir, now)).rejects.toThrow(message);
    await expect(openStore(dir, now)).rejects.toMatchObject({ kind: 'usage' });
  });

  it('says of another content of a prepared set where it lies and what to do', async () => {
    const made = { prepared: 'chest', contentHash: 'a', seed: 0 };
    await (await openStore(dir, made)).keep('train', {});
    const changed = openStore(dir, { ...made, contentHash: 'b' }, 'data/chest');
    await expect(changed).rejects.toThrow(
      expect.objectContaining({
        kind: 'usage',
        message: `${dir} holds a run on other images, masks, labels or classes than data/chest holds now; choose another --out for these, or resume with those that it began with, prepared into another folder`,
      }),
    );
    await expect(openStore(dir, { ...made, seed: 1 }, 'data/chest')).rejects.toThrow('seed was 0, now 1');
  });

  it('accepts settings in another order, and unset settings', async () => {
    await openStore(dir, config);
    const { seed, training, dataset } = config;
    await openStore(dir, { seed, training, dataset, model: undefined });
  });

  it('names an invalid configuration file', async () => {
    await mkdir(join(dir, 'steps'));
    const file = join(dir, 'config.json');
    for (const [text, fault] of [
      ['{"dataset": ', 'no JSON (fault at its end)'],
      ['[1]', 'got [1]; it takes an object'],
    ] as const) {
      await writeFile(file, text);
      await expect(openStore(dir, config)).rejects.toThrow(
        expect.objectContaining({
          kind: 'input',
          message: `${file}: ${fault}; remove the run's folder`,
        }),
      );
    }
  });

  it('names an invalid field of a stored step', async () => {
    const store = await openStore(dir, config);
    await store.keep('train', { loss: '0.1' });
    await expect(store.find('train', loss)).rejects.toThrow(
      `${store.path('steps', 'train.json')}: loss: got "0.1"; it takes a number; remove it to make the step again`,
    );
  });
});
