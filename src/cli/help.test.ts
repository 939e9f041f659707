import { describe, expect, it } from 'vitest';
import { methodOf } from '../attribution/index.js';
import { kebabCase } from '../base/names.js';
import { readOptions } from '../base/options.js';
import { allDatasets, datasetOf, prepareRequest } from '../benchmark/dataset.js';
import type { Dataset } from '../data/dataset.js';
import { reformulationOf, reformulations } from '../data/reformulate/index.js';
import { splitOptions } from '../data/split/index.js';
import { metricOf } from '../evaluation/index.js';
import { optionsWith } from '../model/training/network.js';
import { runLine } from '../testing/command-line.js';
import { choose } from './choose.js';
import { dataOf, trainingOf } from './data-flags.js';
import { helpOf } from './help.js';
import { commands } from './index.js';
import { parse } from './parse.js';

const examples = commands.flatMap(({ name, examples }) => examples.map((line) => [name, line] as const));

async function read(line: string) {
  const [program, ...words] = line.split(' ');
  expect(program).toBe('sightline');
  const chosen = choose(commands, words);
  if (!('command' in chosen)) throw new Error(`${line} names no command`);
  return { command: chosen.command, ...(await parse(chosen.command, chosen.rest)) };
}

describe('every example', () => {
  it.each(examples)('of %s is read by it: %s', async (name, line) => {
    const { command } = await read(line);
    expect(command.name).toBe(name);
  });

  it.each(examples.filter(([name]) => name === 'attribute' || name === 'score'))(
    'of %s names a method or metric and its options: %s',
    async (_, line) => {
      const { flags, options } = await read(line);
      const specs = flags.method
        ? methodOf(String(flags.method)).options
        : metricOf(String(flags.metric)).options;
      expect(() => readOptions(specs!, options, 'example')).not.toThrow();
    },
  );

  it.each(examples.filter(([name]) => ['train', 'benchmark', 'data prepare'].includes(name)))(
    'of %s names data, task and training that there are: %s',
    async (_, line) => {
      const { flags, positionals } = await read(line);
      const dataset = (flags.dataset as string) || positionals[0] || 'folder';
      const request = { ...dataOf(flags), dataset };
      const { task, taskOptions = {}, split = {} } = prepareRequest(request);
      readOptions(datasetOf(dataset).options, request.datasetOptions ?? {}, 'example');
      readOptions(reformulationOf(task).options, taskOptions, 'example');
      readOptions(splitOptions, split, 'example');
      const training = trainingOf(flags);
      readOptions(optionsWith(String(training.architecture ?? 'resnet-small')), training, 'example');
    },
  );
});

describe('help', () => {
  it.each(commands.map(({ name }) => name))('of %s is printed by --help, fits 100 columns', async (name) => {
    const { code, out, errors } = await runLine(...name.split(' '), '--help');
    const command = commands.find((one) => one.name === name)!;
    expect([code, errors]).toEqual([0, []]);
    expect(out.filter((line) => line.length > 100)).toEqual([]);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const flag of Object.keys(command.flags))
      expect(out.some((line) => line.startsWith(`  --${kebabCase(flag)} `))).toBe(true);
  });

  it.each(commands.filter(({ groups }) => groups))(
    'of $name has each flag of its groups in one meaning',
    ({ flags, groups }) => {
      const meant = Object.values(groups!).flatMap((group) => Object.entries(group));
      expect(meant.filter(([name, { doc }]) => flags[name]?.doc !== doc).map(([name]) => name)).toEqual([]);
    },
  );

  it('says required flags first, in their order', () => {
    const text = helpOf(commands.find(({ name }) => name === 'attribute')!);
    const flags = [...text.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, flag]) => flag);
    expect(flags.slice(0, 4)).toEqual(['model', 'input', 'method', 'out']);
    expect(text).toContain('Required flags:');
  });

  it('has examples that can be pasted where nothing is installed globally', () => {
    for (const command of commands) {
      const [, shown] = helpOf(command).split('\nExamples:\n');
      const lines = shown!.replaceAll(/ \\\n +/g, ' ').split('\n');
      expect(lines.map((line) => line.trim())).toEqual(command.examples.map((line) => `npx ${line}`));
    }
  });

  it('is wrapped to a narrow terminal', () => {
    const text = helpOf(commands.find(({ name }) => name === 'train')!, 72);
    expect(text.split('\n').filter((line) => line.length > 72)).toEqual([]);
  });

  it('offers JSON with every command that does not print it anyway', () => {
    expect(commands.filter(({ flags }) => !('json' in flags)).map(({ name }) => name)).toEqual(['score']);
  });

  it('lists all commands, or those of a group', async () => {
    const all = await runLine('--help');
    expect(all.code).toBe(0);
    for (const { name } of commands) expect(all.out.some((line) => line.startsWith(`  ${name} `))).toBe(true);
    const data = await runLine('data', '--help');
    expect(data.code).toBe(0);
    expect(data.out.filter((line) => /^ {2}data /.test(line))).toHaveLength(6);
  });

  it('is what a line without a command gets, as a wrong call', async () => {
    expect((await runLine()).code).toBe(2);
    expect((await runLine('data')).code).toBe(2);
  });

  it('can be asked for in front, too', async () => {
    const [before, after] = [await runLine('help', 'data', 'list'), await runLine('data', 'list', '--help')];
    expect(before).toEqual(after);
    expect(before.code).toBe(0);
  });
});

describe('every data set', () => {
  it.each(Object.values<Dataset>(allDatasets))(
    '$name has a default task that there is, with its options',
    (dataset) => {
      const { task, taskOptions = {} } = dataset.defaults;
      expect(Object.keys(reformulations)).toContain(task);
      for (const [name, options] of Object.entries(taskOptions))
        expect(() => readOptions(reformulationOf(name).options, options, name)).not.toThrow();
    },
  );
});
