// Requests that come in one, as pages and imports send them, and requests that wait in the queue.
'use strict';

module.exports = (app, queue) => ({
  async batch({ body }) {
    for (const request of body.requests) await app.call(request.path, request.body);
  },
  later({ body }) {
    queue.enqueue(() => app.call(body.path, body.body));
  },
});
