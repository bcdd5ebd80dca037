// The labelled traffic: what is sent to which service, and the bug it must provoke.
//
// A row is [label, kind, endpoint, body]. One row is one event.
'use strict';

const audio = { type: 'audio', codec: 'aac' };
const video = { type: 'video', codec: 'hevc' };
const idle = (id, idleMinutes, bytes) => ({ sessions: [{ id, idleMinutes, bytes }] });
const dated = (source, title, year) => ({ source, rows: [{ title, year }] });
const token = (...parts) => parts.map((part) => Buffer.from(part).toString('base64url')).join('.');

const ingest = [
  ['upload-without-video', 'plain', 'upload', { streams: [audio] }],
  ['upload-without-video', 'paths', 'resume', { parts: [[audio, video], [audio, audio]] }],
  ['upload-without-video', 'paths', 'rescan', { streams: [] }],
  ['upload-without-video', 'paths', 'watchFolder', { streams: [{ type: 'data' }] }],
  ['chunk-out-of-order', 'throw-site', 'chunk', { received: 3, index: 5, size: 10 }],
  ['chunk-out-of-order', 'message', 'chunk', { received: 117, index: 12, size: 1 }],
  ['chunk-out-of-order', 'paths', 'chunks', [{ index: 0, size: 4 }, { index: 2, size: 4 }]],
  ['chunk-of-other-size', 'throw-site', 'chunk', { received: 1, index: 1, size: 4, declared: 9 }],
  ['chunk-of-other-size', 'message', 'chunk', { received: 30, index: 30, size: 0, declared: 512 }],
  ['upload-finished-early', 'throw-site', 'finish', { received: 2, total: 8 }],
  ['upload-finished-early', 'message', 'finish', { received: 199, total: 200 }],
  ['manifest-not-json', 'message', 'manifest', { text: '<manifest/>' }],
  ['manifest-not-json', 'message', 'manifest', { text: '{"title": "Heat", "reels": [1, 2' }],
  ['manifest-not-json', 'paths', 'manifests', { texts: ['{}', ''] }],
  ['bucket-refused', 'plain', 'store', { key: 'heat.mp4' }],
  ['bucket-refused', 'paths', 'storeLater', { key: 'dune/part 1.mov' }],
  ['bucket-refused', 'paths', 'replace', { key: 'alien.mkv' }],
  ['scanner-silent', 'plain', 'scan', { key: 'heat.mp4' }],
  ['scanner-silent', 'paths', 'scanLater', { key: 'dune.mp4' }],
  ['tenant-above-quota', 'no-stack', 'quota', { tenant: 'nordfilm', used: 512.5, limit: 500 }],
  ['tenant-above-quota', 'no-stack', 'quota', { tenant: 'studio 4', used: 2048, limit: 2000 }],
  ['upload-abandoned', 'no-stack', 'reap', idle('u-9f3c', 75, 1024)],
  ['upload-abandoned', 'no-stack', 'reap', idle('u-0042', 1440, 0)],
];

const transcode = [
  ['preset-unknown', 'plain', 'plan', { preset: 'cinema', height: 2160 }],
  ['preset-unknown', 'paths', 'planLater', { preset: '4k-hdr', height: 2160 }],
  ['preset-unknown', 'paths', 'plans', { presets: ['web', 'radio'] }],
  ['ladder-without-end', 'recursion', 'rungs', { height: 1080, factor: 1 }],
  ['segment-ends-before-start', 'paths', 'encode', { file: 'heat.mp4', from: 12, to: 2 }],
  ['segment-ends-before-start', 'message', 'encode', { file: 'dune.mov', from: 90.5, to: 90 }],
  ['segment-ends-before-start', 'paths', 'encodeLater', { file: 'a.mkv', from: 3600, to: 0 }],
  ['file-without-extension', 'plain', 'encode', { file: 'master', from: 0, to: 2 }],
  ['file-without-extension', 'paths', 'formats', { files: ['heat.mp4', 'reel-2.'] }],
  ['probe-not-installed', 'throw-site', 'probe', { file: 'heat.mp4' }],
  ['probe-not-installed', 'paths', 'probeLater', { file: '/srv/in/dune part 1.mov' }],
  ['packager-not-installed', 'throw-site', 'package', { file: 'heat.mp4', format: 'dash' }],
  ['packager-not-installed', 'paths', 'packageLater', { file: 'dune.mp4', format: 'hls' }],
  ['mirrors-refused', 'chain', 'poster', { title: 'heat' }],
  ['mirrors-refused', 'paths', 'posterLater', { title: 'dune' }],
  ['finished-job-started', 'throw-site', 'start', { id: 41, state: 'done' }],
  ['finished-job-started', 'message', 'start', { id: 'j-7f', state: 'running' }],
  ['finished-job-started', 'paths', 'startAll', [{ id: 2, state: 'done' }]],
  ['running-job-retried', 'throw-site', 'retry', { id: 42, state: 'running' }],
  ['running-job-retried', 'paths', 'retryLater', { id: 6611, state: 'done' }],
  ['encoder-exits', 'no-stack', 'exited', { job: 17, preset: 'web', code: 137 }],
  ['encoder-exits', 'no-stack', 'exited', { job: 90210, preset: 'mobile', code: 1 }],
  ['encoder-exits', 'no-stack', 'exited', { job: 8, preset: '4k-hdr', code: 139 }],
  ['encoder-stalls', 'no-stack', 'stalled', { job: 'j-12', frame: 4410, seconds: 30 }],
  ['encoder-stalls', 'no-stack', 'stalled', { job: 'trailer of dune', frame: 0, seconds: 125 }],
];

const catalog = [
  ['title-without-rights', 'plain', 'regions', { id: 2 }],
  ['title-without-rights', 'paths', 'available', { ids: [1, 7] }],
  ['title-without-rights', 'paths', 'sitemap', { ids: [1, 12] }],
  ['genre-of-title-deleted', 'throw-site', 'title', { id: 1 }],
  ['genre-of-title-deleted', 'message', 'titleLater', { id: 2 }],
  ['title-link-dead', 'throw-site', 'title', { id: 404 }],
  ['title-link-dead', 'paths', 'titleLater', { id: 7120 }],
  ['credited-person-deleted', 'throw-site', 'credits', { ids: [5, 77] }],
  ['credited-person-deleted', 'message', 'credits', { ids: [812] }],
  ['slug-taken', 'throw-site', 'create', { id: 3, slug: 'dune' }],
  ['slug-taken', 'paths', 'createAll', [{ id: 4, slug: 'ran' }, { id: 5, slug: 'heat' }]],
  ['person-number-taken', 'throw-site', 'credit', { id: 7, number: 'nm5' }],
  ['person-number-taken', 'paths', 'creditLater', { id: 8, number: 'nm6' }],
  ['search-refused', 'chain', 'index', { id: 1, slug: 'dune' }],
  ['search-refused', 'paths', 'indexLater', { id: 2, slug: 'heat' }],
  ['collection-in-itself', 'message', 'indexCollection', { names: ['trilogy'] }],
  ['collection-in-itself', 'message', 'indexCollection', { names: ['saga', 'prequels', 'shorts'] }],
  ['release-date-invalid', 'plain', 'released', { released: 'late summer' }],
  ['release-date-invalid', 'paths', 'calendar', { titles: [{ released: 0 }, { released: 'TBA' }] }],
  ['feed-row-without-title', 'no-stack', 'feed', { source: 'acme.csv', rows: [{ title: '' }] }],
  [
    'feed-row-without-title',
    'no-stack',
    'feed',
    { source: 'north/2031-02.csv', rows: [{ title: 'Ran', year: '1985' }, {}] },
  ],
  ['feed-row-with-bad-year', 'no-stack', 'feed', dated('acme.csv', 'Ran', '85')],
  ['feed-row-with-bad-year', 'no-stack', 'feed', dated('kino', 'M', 'circa 1931')],
];

const blocked = (title, country) => ({ title, country, allowed: ['SE'] });
const stalls = (session, times, minutes, cdn) => ({ session, stalls: times, minutes, cdn });
const now = 1_900_000_000;
const playback = [
  ['token-expired', 'message', 'play', { now, token: token('heat', '1899999000', 'x') }],
  ['token-expired', 'paths', 'playAll', { now, tokens: [token('dune', '1800000000', 'y')] }],
  ['token-without-signature', 'message', 'play', { now, token: token('heat', '1999999000') }],
  ['token-without-signature', 'paths', 'playAll', { now, tokens: ['undefined'] }],
  ['range-not-satisfiable', 'message', 'range', { header: 'bytes=900-100', size: 1000 }],
  ['range-not-satisfiable', 'message', 'range', { header: 'bytes=0-4096', size: 4096 }],
  ['range-not-satisfiable', 'paths', 'ranges', { headers: ['bytes=7000-'], size: 650 }],
  ['range-malformed', 'plain', 'range', { header: 'bytes=-500', size: 1000 }],
  ['range-malformed', 'paths', 'ranges', { headers: ['bytes=0-1', 'bytes=0-1,5-9'], size: 40 }],
  ['cue-without-times', 'plain', 'cues', { text: '1' }],
  ['cue-without-times', 'paths', 'subtitles', { chunks: ['1\n0:01 --> 0:02\nHello', '2'] }],
  ['heartbeat-of-closed-session', 'plain', 'heartbeat', { session: 's-9' }],
  ['heartbeat-of-closed-session', 'paths', 'heartbeatLater', { session: 's-1044' }],
  ['heartbeat-of-closed-session', 'paths', 'seek', { session: 's-77' }],
  ['licence-denied', 'plain', 'licence', { title: 'heat', device: 'phone' }],
  ['licence-denied', 'paths', 'prefetch', { titles: ['dune', 'ran'] }],
  ['title-blocked-in-region', 'no-stack', 'region', blocked('heat', 'NO')],
  ['title-blocked-in-region', 'no-stack', 'region', blocked('dune part two', 'US')],
  ['analytics-queue-full', 'no-stack', 'flush', { events: 220 }],
  ['analytics-queue-full', 'no-stack', 'flush', { events: 10_100 }],
  ['player-stalls', 'no-stack', 'quality', stalls('s-1', 12, 9, 'edge-oslo-3')],
  ['player-stalls', 'no-stack', 'quality', stalls('guest', 3, 2, 'backup')],
];

const tables = { ingest, transcode, catalog, playback };

// Labels that the second version is asked for again.
const again = new Set([
  'upload-without-video',
  'chunk-of-other-size',
  'bucket-refused',
  'preset-unknown',
  'ladder-without-end',
  'segment-ends-before-start',
  'running-job-retried',
  'title-without-rights',
  'genre-of-title-deleted',
  'token-expired',
  'cue-without-times',
  'heartbeat-of-closed-session',
]);

function requests(service, version) {
  if (version === 'v1') return tables[service];
  const first = new Map();
  for (const [label, , ...rest] of tables[service])
    if (again.has(label) && !first.has(label)) first.set(label, [label, 'version', ...rest]);
  return [...first.values()];
}

module.exports = { requests };
