// A small web framework, installed as a library: an application of layers, a queue, retries.
'use strict';

const { Layer } = require('./layer');
const { Queue } = require('./queue');
const { retry } = require('./retry');

class Application {
  constructor(name) {
    this.name = name;
    this.stack = [];
    this.onError = null;
  }

  use(middleware) {
    this.stack.push(new Layer(null, middleware));
  }

  post(path, handler) {
    this.stack.push(new Layer(path, handler));
  }

  handle(request, response) {
    let index = 0;
    const next = (error) => {
      if (error) return this.fail(error, response);
      const layer = this.stack[index++];
      if (!layer) return response.writeHead(404).end();
      if (!layer.matches(request.path)) return next();
      return this.dispatch(layer, request, response, next);
    };
    next();
  }

  dispatch(layer, request, response, next) {
    request.route = layer.path;
    return layer.handleRequest(request, response, next);
  }

  // Calls a handler for the program itself; what it throws is the caller's to handle.
  call(path, body) {
    const layer = this.stack.find((each) => each.path === path);
    return layer.fn({ path, body }, { end() {} });
  }

  fail(error, response) {
    this.onError(this.name, error);
    if (!response.headersSent) response.writeHead(500).end();
  }
}

module.exports = { Application, Queue, retry };
