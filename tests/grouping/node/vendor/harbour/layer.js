// One step of an application: a middleware, or the handler of a path.
'use strict';

class Layer {
  constructor(path, fn) {
    this.path = path;
    this.fn = fn;
  }

  matches(path) {
    return this.path === null || this.path === path;
  }

  handleRequest(request, response, next) {
    try {
      const result = this.fn(request, response, next);
      if (result && typeof result.then === 'function') result.then(undefined, next);
      return result;
    } catch (error) {
      return next(error);
    }
  }
}

module.exports = { Layer };
