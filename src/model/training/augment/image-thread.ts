// Worker that changes training images one at a time.
import { parentPort } from 'node:worker_threads';
import { type Change, changedImage } from './changed-image.js';

const port = parentPort;
if (port === null) throw new Error('this module is for a worker thread');

port.on('message', (asked: Change) => {
  const image = changedImage(asked);
  port.postMessage(image, [image.data.buffer as ArrayBuffer]);
});
