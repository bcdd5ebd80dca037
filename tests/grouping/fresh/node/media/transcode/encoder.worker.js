'use strict';

const { parentPort, workerData } = require('node:worker_threads');
const { container } = require('./container');

const BYTES_PER_SECOND = 1000;

function frameBuffer({ from, to }) {
  return new Uint8Array((to - from) * BYTES_PER_SECOND);
}

parentPort.postMessage({
  container: container(workerData.file),
  bytes: frameBuffer(workerData).length,
});
