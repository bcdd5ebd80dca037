// A router of asynchronous middleware: each calls the next and awaits it.
'use strict';

class Kelp {
  constructor({ onError }) {
    this.middleware = [];
    this.routes = new Map();
    this.onError = onError;
  }

  use(middleware) {
    this.middleware.push(middleware);
    return this;
  }

  get paths() {
    return [...this.routes.keys()];
  }

  route(path, handler) {
    this.routes.set(path, handler);
    return this;
  }

  async handle(path, body) {
    const context = { path, body };
    const handler = this.routes.get(path);
    try {
      return await compose([...this.middleware, (ctx) => handler(ctx)])(context);
    } catch (error) {
      return this.onError(error, context);
    }
  }
}

function compose(stack) {
  return (context) => {
    const dispatch = (index) => {
      const layer = stack[index];
      try {
        return Promise.resolve(layer(context, () => dispatch(index + 1)));
      } catch (error) {
        return Promise.reject(error);
      }
    };
    return dispatch(0);
  };
}

module.exports = { Kelp, compose };
