// Puts the five services together, behind one HTTP server each.
'use strict';

const http = require('node:http');
const { Application, Queue } = require('harbour');
const batch = require('./batch');
const { Gateway } = require('./clients/partners');
const backoffice = require('./handlers/backoffice');
const storefront = require('./handlers/storefront');
const { timed, jsonBody, accessLog } = require('./middleware');
const { OrderRepository } = require('./repositories/orders');
const { OrderService } = require('./services/orders');
const { PaymentService } = require('./services/payments');
const { StockService } = require('./services/stock');

const parts = {
  storefront: { build: storefront, orders: new OrderService(new OrderRepository()) },
  payments: {
    build: backoffice.payments,
    service: new PaymentService(new Gateway({ error: 'expired' })),
  },
  stock: { build: backoffice.stock, service: new StockService() },
  mailer: { build: backoffice.mailer },
  importer: { build: backoffice.importer },
};

function serve(name, onError) {
  const { build, ...dependencies } = parts[name];
  const app = new Application(name);
  app.onError = onError;
  app.use(timed);
  app.use(jsonBody);
  app.use(accessLog);
  const queue = new Queue(name, onError);
  const handlers = { ...build({ ...dependencies, queue }), ...batch(app, queue) };
  for (const [endpoint, handler] of Object.entries(handlers)) {
    app.post(`/${endpoint}`, (request, response, next) => {
      const result = handler(request, response, next);
      if (!(result instanceof Promise)) response.end();
      return result;
    });
  }
  return http.createServer((request, response) => {
    request.path = request.url;
    app.handle(request, response);
  });
}

module.exports = { names: Object.keys(parts), serve };
