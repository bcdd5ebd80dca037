'use strict';

function container(file) {
  const [, extension] = /\.(\w+)$/.exec(file);
  return extension;
}

module.exports = { container };
