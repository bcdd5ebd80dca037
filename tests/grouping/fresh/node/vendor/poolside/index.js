// Runs jobs a few at a time; a job that fails is tried again before its error is told.
'use strict';

class Pool {
  constructor({ size = 2, attempts = 1, onError }) {
    this.size = size;
    this.attempts = attempts;
    this.onError = onError;
    this.waiting = [];
    this.running = 0;
  }

  push(job) {
    this.waiting.push(job);
    process.nextTick(() => this.#fill());
  }

  #fill() {
    while (this.running < this.size && this.waiting.length > 0) {
      this.running++;
      this.#work(this.waiting.shift());
    }
  }

  async #work(job) {
    try {
      await this.#attempt(job, this.attempts);
    } catch (error) {
      this.onError(error);
    } finally {
      this.running--;
      this.#fill();
    }
  }

  async #attempt(job, left) {
    try {
      return await job();
    } catch (error) {
      if (left <= 1) throw error;
    }
    return this.#attempt(job, left - 1);
  }
}

module.exports = { Pool };
