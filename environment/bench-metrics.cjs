/*
 * Prints the time of all localisation metrics with their default options, scored in two threads, and the
 * memory of the process early and late. Arguments: the number of maps, 1000 by default, and their side, 512.
 */
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');

const THREADS = 2;
const EARLY = 50; // maps of each thread

async function main() {
  const [count = 1000, side = 512] = process.argv.slice(2).map(Number);
  const begun = performance.now();
  let early = 0;
  let done = 0;
  const memory = () => Math.round(process.memoryUsage().rss / 1e6);
  const times = await Promise.all(
    Array.from({ length: THREADS }, (_, thread) => {
      const worker = new Worker(__filename, {
        workerData: { count: Math.round(count / THREADS), side, thread },
      });
      return new Promise((resolve, reject) => {
        worker.on('error', reject);
        worker.on('message', (message) => {
          if (message !== 'map') return resolve(message);
          if (++done === EARLY * THREADS) early = memory();
        });
      });
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  console.log('| metric | ms for a map |\n|---|---:|');
  for (const name of Object.keys(times[0])) {
    const sum = times.reduce((all, one) => all + one[name], 0);
    console.log(`| ${name} | ${(sum / done).toFixed(2)} |`);
  }
  const { user, system } = process.cpuUsage();
  const cpu = ((user + system) / 1e6).toFixed(1);
  console.log(
    `\n${done} maps of ${side}x${side}: ${seconds.toFixed(1)} s in ${THREADS} threads, ${cpu} s of CPU`,
  );
  console.log(`memory: ${early} MB after ${EARLY * THREADS} maps, ${memory()} MB at the end`);
}

async function score({ count, side, thread }) {
  const { metrics, scorerOf } = require('../dist/evaluation/index.js');
  const { quietly } = require('../dist/base/run.js');
  const { seededRandom } = require('../dist/base/random.js');
  const names = Object.values(metrics).flatMap(({ name, category }) =>
    category === 'localisation' ? [name] : [],
  );
  const times = Object.fromEntries(names.map((name) => [name, 0]));
  const random = seededRandom(thread);
  const noise = Float32Array.from({ length: 2 * side * side }, () => 0.1 * random.uniform());
  for (let i = 0; i < count; i++) {
    const by = scorerOf({ ...drawn(side, noise, random), seed: 0, run: quietly });
    for (const name of names) {
      const begun = performance.now();
      await by(name);
      times[name] += performance.now() - begun;
    }
    parentPort.postMessage('map');
  }
  parentPort.postMessage(times);
}

/** A map of waves and noise, and a mask of three rectangles. */
function drawn(side, noise, random) {
  const wave = () => {
    const [rate, phase] = [12 + 36 * random.uniform(), 9 * random.uniform()];
    return Float32Array.from({ length: side }, (_, i) => Math.sin((rate * i) / side + phase));
  };
  const [down, across] = [wave(), wave()];
  const shape = [side, side];
  const map = { data: new Float32Array(side * side), shape };
  const mask = { data: new Uint8Array(side * side), shape };
  for (let y = 0, p = random.below(side * side), q = 0; y < side; y++)
    for (let x = 0; x < side; x++) map.data[q++] = down[y] * across[x] + noise[p++];
  for (let lesion = 0; lesion < 3; lesion++) {
    const [y, x] = [0, 0].map(() => Math.floor(0.8 * random.uniform() * side));
    for (let dy = 0; dy < 0.2 * side; dy++)
      mask.data.fill(1, (y + dy) * side + x, (y + dy) * side + x + Math.floor(0.16 * side));
  }
  return { map, mask };
}

(isMainThread ? main() : score(workerData)).catch(({ message }) => {
  console.error(message);
  process.exitCode = 1;
});
