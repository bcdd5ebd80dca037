import { licence } from './drm.mjs';
import { parseRange } from './range.mjs';
import { Sessions } from './sessions.mjs';
import { convert, cues } from './subtitles.mjs';
import { verify } from './token.mjs';

export function routes(log) {
  const sessions = new Sessions(log);
  const failed = (err) => log.error({ err }, 'playback failed');

  return {
    play: ({ body }) => verify(body.token, body.now),
    playAll: async ({ body }) => body.tokens.forEach((token) => verify(token, body.now)),
    range: ({ body }) => parseRange(body.header, body.size),
    ranges: ({ body }) => body.headers.map((header) => parseRange(header, body.size)),
    cues: ({ body }) => cues(body.text),
    subtitles: ({ body }) => convert(body.chunks),
    heartbeat: ({ body }) => sessions.emit('heartbeat', body.session),
    heartbeatLater: ({ body }) => {
      setTimeout(() => sessions.emit('heartbeat', body.session), 1);
    },
    seek: ({ body }) => queueMicrotask(() => sessions.touch(body.session)),
    licence: ({ body }) => licence(body.title, body.device),
    prefetch: ({ body }) => {
      Promise.allSettled(body.titles.map((title) => licence(title, 'tv')))
        .then((results) => failed(results.find(({ status }) => status === 'rejected').reason));
    },
    region: ({ body }) => {
      if (!body.allowed.includes(body.country))
        throw `title ${body.title} is not available in ${body.country}`;
    },
    flush: ({ body }) => sessions.flush(body.events),
    quality: ({ body }) => sessions.quality(body),
  };
}
