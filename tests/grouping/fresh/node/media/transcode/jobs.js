'use strict';

class JobStateError extends Error {
  constructor(job, allowed) {
    super(`job is ${job.state}, expected ${allowed.join(' or ')} (job=${job.id})`);
    this.name = 'JobStateError';
    this.code = 'E_JOB_STATE';
  }
}

const expectState = (job, ...allowed) => {
  if (!allowed.includes(job.state)) throw new JobStateError(job, allowed);
};

const start = (job) => {
  expectState(job, 'queued');
  return { ...job, state: 'running' };
};

const retry = (job) => {
  expectState(job, 'failed', 'stalled');
  return start({ ...job, state: 'queued' });
};

module.exports = { retry, start };
