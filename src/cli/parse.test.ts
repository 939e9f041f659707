import { join } from 'node:path';
import { expect, it } from 'vitest';
import { flag, integer, optional, text } from '../base/options.js';
import { formatNpy } from '../tensor/npy.js';
import { temporaryTree } from '../testing/tree.js';
import { choose } from './choose.js';
import { command } from './command.js';
import { parse } from './parse.js';

const made = command({
  name: 'try',
  summary: 'A command for tests.',
  positionals: [{ name: 'FILE', doc: 'files', required: true, many: true }],
  flags: {
    steps: integer({ doc: 'steps', default: 5, min: -10 }),
    name: optional(text({ doc: 'a name', default: '' })),
    loud: flag({ doc: 'loud', default: false }),
  },
  takesOptions: 'key=value',
  examples: [],
  run: async () => {},
});

it('reads both forms of flags, fills in defaults and keeps gaps undefined', async () => {
  const { flags } = await parse(made, ['a', '--steps=7', '--loud']);
  expect(flags).toEqual({ steps: 7, name: undefined, loud: true });
  expect((await parse(made, ['a'])).flags).toEqual({ steps: 5, name: undefined, loud: false });
});

it('takes a value that begins with a dash', async () => {
  const { flags, positionals } = await parse(made, ['a', '--steps', '-3', '--name', '-rise,-lime', 'b']);
  expect(flags).toMatchObject({ steps: -3, name: '-rise,-lime' });
  expect(positionals).toEqual(['a', 'b']);
});

it('reads options from arrays and JSON files, and leaves texts as they are', async () => {
  const array = { data: Float32Array.of(1, 2), shape: [2] };
  const dir = await temporaryTree({ 'x.npy': formatNpy(array), 'draws.json': '{"alpha": [0.5]}' });
  const given = [`baseline=${join(dir, 'x.npy')}`, `draws=${join(dir, 'draws.json')}`, 'rule=a=b'];
  const { options } = await parse(made, ['a', ...given.flatMap((pair) => ['--option', pair])]);
  expect(options).toEqual({ baseline: array, draws: { alpha: [0.5] }, rule: 'a=b' });
});

it('takes options and flags as a command line spells them', async () => {
  const long = command({
    name: 'long',
    summary: 'A command with long names.',
    flags: { inputShape: text({ doc: 'shape', default: '' }) },
    takesOptions: 'key=value',
    examples: [],
    run: async () => {},
  });
  const given = ['--input-shape', '3', '--option', 'zero-bias=true', '--option', 'near-one.zeroBias=1'];
  expect(await parse(long, given)).toMatchObject({
    flags: { inputShape: '3' },
    options: { zeroBias: 'true', 'near-one.zeroBias': '1' },
  });
});

it('asks for what must be there', async () => {
  await expect(parse(made, [])).rejects.toThrow('try needs FILE: files');
  const strict = { ...made, required: ['name'] };
  await expect(parse(strict, ['a'])).rejects.toThrow('try needs --name: a name');
  await expect(parse(strict, [])).rejects.toThrow(/^try needs FILE and --name; see sightline try --help$/);
  const either = { ...strict, oneOf: ['deep', 'name'] };
  await expect(parse(either, [])).rejects.toThrow(/FILE, --name and --deep or --name; see/);
});

it('finds commands of one word and of two', () => {
  const named = (name: string) => ({ ...made, name });
  const commands = [named('one'), named('two first'), named('two second')];
  expect(choose(commands, ['one', 'x'])).toEqual({ command: commands[0], rest: ['x'], help: false });
  expect(choose(commands, ['two', 'second', '-h'])).toMatchObject({ command: commands[2], help: true });
  expect(choose(commands, ['two'])).toEqual({ group: 'two', members: commands.slice(1), help: false });
  expect(() => choose(commands, ['two', 'secund'])).toThrow("did you mean 'second'");
  expect(() => choose(commands, ['tow'])).toThrow("did you mean 'two'? (known: one, two)");
});
