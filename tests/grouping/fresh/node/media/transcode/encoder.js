'use strict';

const path = require('node:path');
const { Worker } = require('node:worker_threads');

const SCRIPT = path.join(__dirname, 'encoder.worker.js');

// One thread for each segment; what the thread throws is ours to tell.
function encode({ file, from, to }) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(SCRIPT, { workerData: { file, from, to } });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function exited(log, { job, preset, code }) {
  if (code !== 0) log.error({ type: 'EncoderExit', job, preset }, `encoder exited with ${code}`);
}

function stalled(log, { job, frame, seconds }) {
  log.error({}, `encoder of job '${job}' made no progress for ${seconds}s at frame ${frame}`);
}

module.exports = { encode, exited, stalled };
