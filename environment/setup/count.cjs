// Prints one line from vitest's JSON report: what passed, failed and was skipped. A file that did not load, and a
// run that failed otherwise, count as a failure. Without a report nothing was run, and no count is claimed.
const fs = require('node:fs');

const [report, status] = process.argv.slice(2);
if (fs.existsSync(report)) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    fs.readFileSync(report, 'utf8'),
  );
  const unloaded = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  const failed = numFailedTests + unloaded.length;
  const counted = failed === 0 && status !== '0' ? 1 : failed;
  console.log(`${numPassedTests} passed, ${counted} failed, ${numPendingTests + numTodoTests} skipped`);
} else {
  console.log('the tests were not run: an earlier step failed, see above');
}
