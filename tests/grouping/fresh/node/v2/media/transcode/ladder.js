'use strict';

// Which sizes a film is encoded in.
const presets = {
  tv: { bitrate: 16000, codec: 'av1' },
  mobile: { bitrate: 800, codec: 'h264' },
  web: { bitrate: 2500, codec: 'h264' },
};

function plan(preset, height) {
  const { bitrate, codec } = presets[preset];
  return rungs(height, 0.75).map((rung) => ({ rung, codec, bitrate }));
}

const SMALLEST = 144;

function rungs(height, factor) {
  if (height < SMALLEST) return [];
  return [height, ...rungs(Math.round(height * factor), factor)];
}

module.exports = { plan, rungs };
