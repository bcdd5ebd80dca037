// Puts the four services of the pipeline together.
'use strict';

const { Kelp } = require('kelp');
const { logger } = require('./core/logger');
const { requestId } = require('./core/requestId');

const modules = {
  ingest: () => require('./ingest'),
  transcode: () => require('./transcode'),
  catalog: () => require('./catalog'),
  playback: () => import('./playback/index.mjs'),
};

async function start() {
  const apps = {};
  for (const [name, load] of Object.entries(modules)) {
    const log = logger(name);
    const app = new Kelp({ onError: (err) => log.error({ err }, 'request failed') });
    app.use(requestId);
    const { routes } = await load();
    for (const [path, handler] of Object.entries(routes(log))) app.route(path, handler);
    apps[name] = app;
  }
  return apps;
}

module.exports = { start };
