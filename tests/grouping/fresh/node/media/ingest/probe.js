'use strict';

// Looks into the streams that a container file holds.
class Probe {
  async codec(streams) {
    return this.describe(streams).codec;
  }

  describe(streams) {
    const video = this.#first(streams, 'video');
    return { codec: video.codec, height: video.height ?? 0 };
  }

  #first(streams, type) {
    return streams.find((stream) => stream.type === type);
  }
}

module.exports = { Probe };
