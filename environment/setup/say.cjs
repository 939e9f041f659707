// Every line that the set-up prints. Expected failures end it with one line and no stack trace.
const say = (line) => process.stderr.write(`setup: ${line}\n`);

class SetupError extends Error {}

/** Runs `work`; an expected failure prints its line and sets the exit code. */
function guarded(work) {
  try {
    work();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exit(1);
  }
}

module.exports = { say, SetupError, guarded };
