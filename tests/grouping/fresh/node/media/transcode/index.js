'use strict';

const { Pool } = require('poolside');
const { container } = require('./container');
const encoder = require('./encoder');
const jobs = require('./jobs');
const ladder = require('./ladder');
const thumbnails = require('./thumbnails');
const tools = require('./tools');

const routes = (log) => {
  const pool = new Pool({ attempts: 2, onError: (err) => log.error({ err }, 'transcode failed') });
  const later = (work) => (ctx) => pool.push(() => work(ctx));
  const plan = ({ body }) => ladder.plan(body.preset, body.height);
  const encode = ({ body }) => encoder.encode(body);

  return {
    plan,
    planLater: later(plan),
    plans: ({ body }) => body.presets.flatMap((preset) => ladder.plan(preset, 720)),
    rungs: ({ body }) => ladder.rungs(body.height, body.factor),
    encode,
    encodeLater: later(encode),
    formats: ({ body }) => new Set(body.files.map(container)),
    probe: ({ body }) => tools.probe(body.file),
    probeLater: later(({ body }) => tools.probe(body.file)),
    package: ({ body }) => tools.package(body.file, body.format),
    packageLater: later(({ body }) => tools.package(body.file, body.format)),
    poster: ({ body }) => thumbnails.poster(body.title),
    posterLater: later(({ body }) => thumbnails.poster(body.title)),
    start: ({ body }) => jobs.start(body),
    startAll: ({ body }) => body.map(jobs.start),
    retry: ({ body }) => jobs.retry(body),
    retryLater: later(({ body }) => jobs.retry(body)),
    exited: ({ body }) => encoder.exited(log, body),
    stalled: ({ body }) => encoder.stalled(log, body),
  };
};

module.exports = { routes };
