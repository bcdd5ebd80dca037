'use strict';

const { Pool } = require('poolside');
const { Manifest } = require('./manifest');
const { Probe } = require('./probe');
const { Storage } = require('./storage');
const { UploadSession, reap } = require('./session');

function routes(log) {
  const probe = new Probe();
  const storage = new Storage();
  const pool = new Pool({ attempts: 3, onError: (err) => log.error({ err }, 'job failed') });

  return {
    upload: async ({ body }) => probe.codec(body.streams),
    resume: async ({ body }) => {
      const codecs = await Promise.all(body.parts.map((part) => probe.codec(part)));
      return codecs.at(-1);
    },
    rescan: ({ body }) => pool.push(() => probe.codec(body.streams)),
    watchFolder: ({ body }) => {
      setTimeout(() => probe.describe(body.streams), 1);
    },
    chunk: ({ body }) => new UploadSession(body.received).append(body),
    chunks: ({ body }) => {
      const session = new UploadSession(0);
      body.forEach((chunk) => session.append(chunk));
    },
    finish: ({ body }) => new UploadSession(body.received).finish(body.total),
    manifest: ({ body }) => Manifest.parse(body.text),
    manifests: async ({ body }) => body.texts.map(Manifest.parse),
    store: ({ body }) => storage.put(body.key, 'bytes'),
    storeLater: ({ body }) => pool.push(() => storage.put(body.key, 'bytes')),
    replace: ({ body }) => storage.replace(body.key, 'bytes'),
    scan: ({ body }) => storage.scan(body.key),
    scanLater: ({ body }) => pool.push(() => storage.scan(body.key)),
    quota: ({ body }) => {
      const { tenant, used, limit } = body;
      if (used > limit)
        log.error({ type: 'QuotaExceeded' }, `tenant ${tenant} uses ${used} GiB of ${limit} GiB`);
    },
    reap: ({ body }) => reap(log, body.sessions),
  };
}

module.exports = { routes };
