'use strict';

// Looks into the streams that a container file holds.
class Probe {
  async codec(streams) {
    return this.describe(streams).codec;
  }

  describe(streams) {
    const video = this.#first(streams, 'video');
    const { codec, height = 0 } = video;
    return { codec, height, portrait: height > (video.width ?? height) };
  }

  #first(streams, type) {
    return streams.find((stream) => stream.type === type);
  }
}

module.exports = { Probe };
