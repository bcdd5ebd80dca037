// Jobs that run later, one after another.
'use strict';

class Queue {
  constructor(name, onError) {
    this.name = name;
    this.onError = onError;
  }

  enqueue(job, ...args) {
    setImmediate(() => this.runJob(job, args));
  }

  async runJob(job, args) {
    try {
      await job(...args);
    } catch (error) {
      this.onError(this.name, error);
    }
  }
}

module.exports = { Queue };
