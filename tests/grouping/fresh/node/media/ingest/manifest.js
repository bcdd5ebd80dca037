'use strict';

class Manifest {
  static parse(text) {
    const manifest = new Manifest();
    return Object.assign(manifest, JSON.parse(text));
  }
}

module.exports = { Manifest };
