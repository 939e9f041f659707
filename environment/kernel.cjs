// The notebook kernel: tslab, started in the project's folder so that every notebook, wherever it lies,
// imports the same 'sightline' and reads paths like 'outputs/quickstart' as the command line does.
const path = require('node:path');

const connectionFile = path.resolve(process.argv[2]);
process.chdir(path.join(__dirname, '..'));

const zeromq = require(require.resolve('zeromq', { paths: [require.resolve('tslab/dist/main.js')] }));

// A client that is already there may be heard before the sockets know that they are bound, and then no answer leaves.
async function bindAtOnce(address) {
  this.bindSync(address);
}
for (const { prototype } of [zeromq.Publisher, zeromq.Router, zeromq.Reply])
  Object.defineProperty(prototype, 'bind', { value: bindAtOnce });

// zeromq sends about 500 messages before a cell must yield, refuses the next while one is on its way, and drops what
// exceeds its queue. tslab waits for neither, so a cell that prints a lot would lose its end, "idle" included.
class PatientPublisher extends zeromq.Publisher {
  #waiting = [];
  #latest = Promise.resolve();

  constructor(options) {
    super({ ...options, sendHighWaterMark: 0 });
  }

  send(message) {
    if (this.#waiting.length === 0 && this.#sendNow(message)) return this.#latest;
    this.#waiting.push(message);
    if (this.#waiting.length === 1) this.#drain();
    return this.#latest;
  }

  #sendNow(message) {
    try {
      this.#latest = super.send(message);
      return true;
    } catch (error) {
      if (error.code !== 'EBUSY') throw error;
      return false;
    }
  }

  async #drain() {
    while (this.#waiting.length > 0) {
      await this.#latest;
      if (this.#sendNow(this.#waiting[0])) this.#waiting.shift();
    }
  }
}
Object.defineProperty(zeromq, 'Publisher', { value: PatientPublisher });

// tslab takes the name in `{ steps }` for a property's alone and does not find a variable of an earlier cell behind it,
// so it is given `{ steps: steps }`.
const converter = require('tslab/dist/converter.js');
const ts = require(
  require.resolve('@tslab/typescript-for-tslab', { paths: [require.resolve('tslab/dist/main.js')] }),
);

// Folders that come and go, as in a build, and packages that are installed would leave tslab with two timers where it
// has room for one.
const unwatched = { close() {} };
const { watchFile } = ts.sys;
ts.sys.watchDirectory = () => unwatched;
ts.sys.watchFile = (file, ...rest) =>
  path.basename(file) === 'package.json' ? unwatched : watchFile(file, ...rest);

const { createConverter } = converter;
converter.createConverter = (options) => {
  const made = createConverter(options);
  return {
    ...made,
    convert: (declared, source) => made.convert(declared, withoutShorthand(source)),
    complete: (declared, source, position) =>
      insideQuotes(made.complete(declared, source, position), source, position),
  };
};

/** tslab puts what completes a text behind what is typed of it, instead of in its place. */
function insideQuotes(completed, source, position) {
  const text = textAround(source, position);
  if (text === undefined) return completed;
  const typed = source.slice(text.start, position);
  return { ...completed, ...text, candidates: completed.candidates.filter((name) => name.startsWith(typed)) };
}

/** Where the text in quotes begins and ends in which this position is. */
function textAround(source, position) {
  let found;
  const visit = (node) => {
    if (ts.isStringLiteral(node) && node.getStart() < position && position <= node.end) found = node;
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest, true));
  if (found === undefined) return undefined;
  if (found.isUnterminated) return { start: found.getStart() + 1, end: position };
  return position < found.end ? { start: found.getStart() + 1, end: found.end - 1 } : undefined;
}

function withoutShorthand(source) {
  const ends = [];
  const visit = (node) => {
    if (ts.isShorthandPropertyAssignment(node)) ends.push([node.name.end, node.name.text]);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest));
  return ends.reduceRight((text, [end, name]) => `${text.slice(0, end)}: ${name}${text.slice(end)}`, source);
}

// A server that is killed leaves its kernels behind.
const server = process.ppid;
setInterval(() => process.ppid !== server && process.exit(), 1000).unref();

require('tslab/dist/main.js').startKernel({ configPath: connectionFile, enableFindLocal: false });
