// Who is watching. Players send a heartbeat every ten seconds.
import { EventEmitter } from 'node:events';

const QUEUE_MAX = 100;

export class Sessions extends EventEmitter {
  #open = new Map([['s-1', { beats: 0 }]]);

  constructor(log) {
    super();
    this.log = log;
    this.on('heartbeat', (id) => this.touch(id));
  }

  touch(id) {
    this.#beat(this.#open.get(id));
  }

  #beat(session) {
    session.beats += 1;
    session.seen = Date.now();
  }

  flush(events) {
    const dropped = Math.max(0, events - QUEUE_MAX);
    if (dropped > 0) this.log.error({ dropped, kept: QUEUE_MAX }, 'analytics queue is full');
  }

  quality({ session, stalls, minutes, cdn }) {
    const text = `player ${session} stalled ${stalls} times in ${minutes} minutes on ${cdn}`;
    if (stalls / minutes > 0.5) this.log.error({}, text);
  }
}
