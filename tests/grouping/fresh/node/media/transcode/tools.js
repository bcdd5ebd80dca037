'use strict';

const { execFile } = require('node:child_process');
const { promisify } = require('node:util');

const run = promisify(execFile);

const probe = (file) => run('/opt/tools/probe', ['-json', file]);

const pack = async (file, format) => {
  const { stdout } = await run('/opt/tools/packager', ['--format', format, file]);
  return stdout.trim();
};

module.exports = { package: pack, probe };
