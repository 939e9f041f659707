// The notebook kernel: tslab, started in the project's folder so that every notebook, wherever it lies,
// imports the same 'sightline' and reads paths like 'outputs/quickstart' as the command line does.
const path = require('node:path');

const connectionFile = path.resolve(process.argv[2]);
process.chdir(path.join(__dirname, '..'));

// zeromq sends about 500 messages before a cell must yield, refuses the next while one is on its way, and drops what
// exceeds its queue. tslab waits for neither, so a cell that prints a lot would lose its end, "idle" included.
const zeromq = require(require.resolve('zeromq', { paths: [require.resolve('tslab/dist/main.js')] }));

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

require('tslab/dist/main.js').startKernel({ configPath: connectionFile, enableFindLocal: false });
