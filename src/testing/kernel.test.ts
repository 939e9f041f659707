import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium } from '../base/machine.js';
import {
  buildLibrary,
  completions,
  drawnFigures,
  interruptNotebook,
  jupyterIsThere,
  notebookOf,
  readNotebook,
  runNotebook,
  textOf,
} from './notebook.js';

const chromiumIsThere = findChromium() !== undefined || process.env.CI === 'true';
const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...cells: string[]) {
  const path = join(folder, `${cells.length}.ipynb`);
  const copy = join(folder, `${cells.length}-executed.ipynb`);
  writeFileSync(path, notebookOf(...cells));
  const result = await runNotebook(path, copy);
  const texts = readNotebook(copy).cells.map((cell) =>
    (cell.outputs ?? []).map(({ text }) => textOf(text)).join(''),
  );
  return { ...result, texts };
}

describe.skipIf(!jupyterIsThere)('the notebook kernel', () => {
  beforeAll(buildLibrary, 120_000);
  const timeout = 120_000;

  test('imports the built library by its name and works in the project folder', { timeout }, async () => {
    const { ok, said, texts } = await run(
      "import * as sightline from 'sightline';\nimport { basename } from 'node:path';",
      "console.log(typeof sightline, require.resolve('sightline').endsWith('dist/index.js'))",
      "import { existsSync } from 'node:fs';\nexistsSync('environment/kernel.cjs')",
    );
    expect(ok, said).toBe(true);
    expect(texts).toEqual(['', 'object true\n', 'true\n']);
  });

  test('a method and a metric that a cell declares explain and score', { timeout }, async () => {
    const { ok, said, texts } = await run(
      `import { attribute, graph, method, metric, modelOf, number, quietly, scoreMap } from 'sightline';
      const net = graph.startGraph('pixels');
      net.emit('Flatten', ['x'], {}, 'y');
      const value = (name, shape) => ({ name, type: 'float32' as const, shape: ['N', ...shape] });
      const model = await modelOf(net.finish([value('x', [1, 2, 2])], [value('y', [4])]));
      const x = { data: Float32Array.of(1, 2, 3, 4), shape: [1, 1, 2, 2] };`,
      `const powered = method({
        name: 'powered', family: 'baseline', doc: 'The input, raised to a power.', maps: 'input',
        options: { power: number({ doc: 'of each value', default: 2 }) },
        attribute: async ({ input: { data, shape }, options }) => ({
          map: { data: data.map((v) => v ** options.power), shape },
          evaluations: { forward: 0, backward: 0 },
        }),
      });
      const greatest = metric({
        name: 'greatest', category: 'complexity', doc: 'The greatest value.', options: {}, direction: 'higher',
        range: [0, Infinity], reads: 'signed', ties: 'none', needs: [], invariantTo: [],
        undefinedFor: { emptyMask: 'not read', flatMap: 'undefined', nan: 'undefined' },
        score: ({ map }) => ({ value: Math.max(...map.data) }),
      });`,
      `const { map } = await attribute(model, powered, x, [0], { power: 3 });
      const flat = { data: map.data, shape: [2, 2] };
      console.log((await scoreMap(greatest, { map: flat, seed: 0, run: quietly })).value);`,
    );
    expect(ok, said).toBe(true);
    expect(texts[2]).toBe('64\n');
  });

  test('a model that crashes its engine and a damaged image are errors', { timeout }, async () => {
    const damaged = join(folder, 'damaged.png');
    writeFileSync(damaged, Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
    const { ok, said, texts } = await run(
      `import { decodeFile, graph, modelOf } from 'sightline';
      const net = graph.startGraph('crash');
      const whole = (value) => net.constant({ type: 'int32', data: Int32Array.of(value), shape: [1] });
      const quotient = net.emit('Div', [whole(-(2 ** 31)), whole(-1)]);
      const zero = net.emit('Cast', [quotient], { to: { kind: 'int', value: 1 } });
      net.emit('Flatten', [net.emit('Add', ['x', zero])], {}, 'y');
      const value = (name, shape) => ({ name, type: 'float32' as const, shape: ['N', ...shape] });
      const model = net.finish([value('x', [1, 2, 2])], [value('y', [4])]);`,
      `for (const work of [() => modelOf(model), () => decodeFile(${JSON.stringify(damaged)})])
        await work().catch((error) => console.log(error.name, error.message.split('\\n').length));`,
      "'alive'",
    );
    expect(ok, said).toBe(true);
    expect(texts.slice(1)).toEqual(['SightlineError 1\nSightlineError 1\n', 'alive\n']);
  });

  test('answers a client that is there before its sockets are bound', { timeout }, () => {
    const ports = ['iopub', 'shell', 'control', 'stdin', 'hb'].map((name, k) => [`${name}_port`, 28410 + k]);
    const connection = { ip: '127.0.0.1', transport: 'tcp', key: '', ...Object.fromEntries(ports) };
    const path = join(folder, 'connection.json');
    writeFileSync(path, JSON.stringify(connection));
    const script = `
      const { ZmqServer } = require('tslab/dist/jupyter.js');
      const { bindSocket } = ZmqServer.prototype;
      ZmqServer.prototype.bindSocket = async function (socket, port) {
        const bound = bindSocket.call(this, socket, port);
        if (socket === this.shell) await socket.send(['client', 'answer']);
        await bound;
        if (socket !== this.hb) return;
        process.stdout.write('bound');
        process.exit();
      };
      require('./environment/kernel.cjs');`;
    const { stdout, stderr } = spawnSync('node', ['-e', script, 'kernel', path], {
      encoding: 'utf8',
      timeout,
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'bound', stderr: '' });
  });

  test('keeps everything that a cell prints without yielding', { timeout }, async () => {
    const { ok, texts } = await run('for (let i = 0; i < 3000; i++) console.log(i);', "'after'");
    expect(ok).toBe(true);
    expect(texts[0]?.split('\n').length).toBe(3001);
    expect(texts[1]).toBe('after\n');
  });

  test('an object may name a variable of an earlier cell by itself', { timeout }, async () => {
    const { ok, said, texts } = await run(
      "const steps = 3;\nlet [a, b] = ['x', 'y'];",
      'const inner = 1;\nconsole.log(JSON.stringify({ steps, b: { inner } }));',
      'const given: { a: string; b?: string } = { a };\n({ b = a } = given);\nconsole.log(b);',
    );
    expect(ok, said).toBe(true);
    expect(texts.slice(1)).toEqual(['{"steps":3,"b":{"inner":1}}\n', 'x\n']);
  });

  test('goes on where files that it imports come and go, as in a build', { timeout }, async () => {
    const { ok, said, texts } = await run(
      "import { mkdirSync, rmSync, writeFileSync } from 'node:fs';\nrmSync('outputs/kernel', { recursive: true, force: true });",
      `const lib = 'outputs/kernel/node_modules/lib';
       mkdirSync(lib, { recursive: true });
       writeFileSync(lib + '/package.json', '{ "types": "lib.d.ts" }');
       writeFileSync(lib + '/lib.d.ts', 'export declare const c: number;');`,
      `writeFileSync('outputs/kernel/a.d.ts', "export declare const a: number; export { b } from './later/b'; export { c } from 'lib';");
       writeFileSync('outputs/kernel/a.js', 'exports.a = 1;');`,
      "import { a } from './outputs/kernel/a';\nconst pause = () => new Promise((done) => setTimeout(done, 1000));",
      "mkdirSync('outputs/kernel/later');\nwriteFileSync('outputs/kernel/later/b.d.ts', '');\nawait pause();",
      'writeFileSync(lib + \'/package.json\', \'{ "types": "lib.d.ts", "version": "2" }\');\nawait pause();',
      "rmSync('outputs/kernel', { recursive: true });\nawait pause();",
      'a',
    );
    expect(ok, said).toBe(true);
    expect(texts.at(-1)).toBe('1\n');
  });

  test('completes names of methods and metrics inside quotes', { timeout }, async () => {
    const given = await completions(
      "import { benchmark, explain, loadDataset, score } from 'sightline';",
      "const heat = await explain(model, data.test[0], 'lr|', { epsilon: 1 });",
      "await score(heat, ['pointing-g|'",
      'await loadDataset("phant|")',
      "await benchmark({ dataset: 'phantom', methods: ['integrated-g|'] })",
      'load|',
    );
    expect(given.slice(0, 4)).toEqual([
      ["const heat = await explain(model, data.test[0], 'lrp', { epsilon: 1 });"],
      ["await score(heat, ['pointing-game'"],
      ['await loadDataset("phantom")'],
      ["await benchmark({ dataset: 'phantom', methods: ['integrated-gradients'] })"],
    ]);
    expect(given[4]).toContain('loadDataset');
  });

  test('a failing cell is printed with its source and what it said', { timeout }, async () => {
    const { ok, said, texts } = await run('1 + 1', 'const wrong: number = "text";', '2', '3');
    expect(ok).toBe(false);
    expect(said).toContain('code cell 2 of 4 failed');
    expect(said).toContain('const wrong: number = "text";');
    expect(said).toContain("Type 'string' is not assignable to type 'number'");
    expect(texts.slice(2)).toEqual(['', '']);
  });

  test('an interrupt stops a loop, a promise and long work, and the kernel lives on', {
    timeout,
  }, async () => {
    const cells = [
      "console.log('started'); for (;;) {}",
      "console.log('started'); await new Promise(() => {});",
      `import { checkpoint, runHere } from 'sightline';
       console.log('started');
       globalThis.stopped = '';
       await runHere(async (run) => {
         try { for (;;) await checkpoint(run); } catch (error) { globalThis.stopped = error.message; }
       });`,
      "console.log('started'); for (;;) {}",
    ];
    const { interrupted, after, alive } = await interruptNotebook(...cells);
    expect(interrupted.map(({ status }) => status)).toEqual(['error', 'error', 'error', 'error']);
    expect(after).toEqual({ status: 'ok', printed: '"stopped"\n' });
    expect(alive).toBe(true);
  });

  test('shows figures, tables and progress, which the exported page draws', {
    timeout,
  }, async () => {
    const path = join(folder, 'figures.ipynb');
    const [copy, page] = [join(folder, 'figures-executed.ipynb'), join(folder, 'figures.html')];
    const cells = [
      `import { heatmapFigure, lossFigure, runHere, show } from 'sightline';
       const image = { data: new Float32Array(64).fill(0.5), shape: [1, 8, 8] };
       show.figure(heatmapFigure(image, image));`,
      'show.loss([{ epoch: 1, trainLoss: 2 }, { epoch: 2, trainLoss: 1 }]);',
      "show.table([{ method: 'rise', score: 0.5 }]);",
      `const live = show.live();
       await runHere(async ({ progress }) => {
         const step = progress.start('training', 3);
         for (let epoch = 1; epoch <= 3; epoch++) {
           live.update(lossFigure([{ epoch, trainLoss: 1 / epoch }]));
           step.advance();
         }
         step.done();
       });`,
    ];
    writeFileSync(path, notebookOf(...cells));
    const { ok, said } = await runNotebook(path, copy, page);
    expect(ok, said).toBe(true);

    const html = readNotebook(copy).cells.map(({ outputs }) =>
      outputs?.map(({ data }) => textOf(data?.['text/html'])),
    );
    expect(html.map((shown) => shown?.length)).toEqual([2, 2, 1, 3]);
    expect(html[2]?.[0]).toContain('>rise</td>');
    expect(html[3]?.[2]).toContain('3/3');
    if (chromiumIsThere) expect(await drawnFigures(page)).toEqual([3, 3]);
  });
});
