// SubRip to WebVTT, whole or as it streams in.
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export const cues = (text) => text.trim().split('\n\n').map(cue);

function cue(block) {
  const [, times, ...lines] = block.split('\n');
  const [start, end] = times.split(' --> ');
  return { start, end, text: lines.join(' ') };
}

export async function convert(chunks) {
  const written = [];
  const toCues = new Transform({
    objectMode: true,
    transform(chunk, _encoding, done) {
      try {
        done(null, cues(chunk));
      } catch (error) {
        done(error);
      }
    },
  });
  await pipeline(Readable.from(chunks), toCues, async (source) => {
    for await (const each of source) written.push(each);
  });
  return written;
}
