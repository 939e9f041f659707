/* Prints the peak of the resident memory of small benchmarks, the command and its engine's process together. */
const { spawn } = require('node:child_process');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const base =
  'benchmark --dataset phantom --dataset-option images=120 --size 128 --architecture cnn --width 8 --epochs 1 --cases all';
const rows = [
  ['gradient,integrated-gradients', 4, 50],
  ['gradient,integrated-gradients', 4, 500],
  ['gradient,integrated-gradients', 16, 50],
  ['gradient,rise', 4, 50],
  ['gradient,rise', 4, 1000],
  ['gradient,rise', 16, 50],
];
const interval = 20; // ms

const folder = mkdtempSync(join(tmpdir(), 'sightline-memory-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

async function main() {
  if (process.platform !== 'linux') throw new Error('bench:memory reads /proc, which only Linux has');
  console.log('| methods | images | steps or masks | peak, MB |\n|---|---:|---:|---:|');
  for (const [index, [methods, images, samples]] of rows.entries()) {
    const flags = [
      '--methods',
      methods,
      '--explain',
      images,
      '--samples',
      samples,
      '--draw',
      join(folder, 'drawn'),
    ];
    const peak = await peakOf([
      ...base.split(' '),
      ...flags.map(String),
      '--out',
      join(folder, `run-${index}`),
    ]);
    console.log(`| ${methods.replace(',', ', ')} | ${images} | ${samples} | ${peak} |`);
  }
}

/** The peak in MB of a command of Sightline. */
function peakOf(words) {
  const child = spawn(process.execPath, [join(__dirname, '../dist/cli/main.js'), ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(
      peak,
      treeOf(child.pid).reduce((sum, pid) => sum + residentOf(pid), 0),
    );
  }, interval);
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      clearInterval(timer);
      if (code === 0) resolve(Math.round(peak / 1000));
      else reject(new Error(`sightline ${words.join(' ')} ended with exit code ${code}`));
    });
  });
}

/** A process and all that it started. */
function treeOf(pid) {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  return [pid, ...children.flatMap(treeOf)];
}

const residentOf = (pid) => Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);

/** A file of /proc, empty once its process has ended. */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

main().catch(({ message }) => {
  console.error(message);
  process.exitCode = 1;
});
