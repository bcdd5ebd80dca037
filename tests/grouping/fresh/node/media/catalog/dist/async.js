"use strict";
// What the compiler makes of async functions: a generator, driven by promises.
Object.defineProperty(exports, "__esModule", { value: true });
exports.__async = (self, body) => new Promise((resolve, reject) => {
    const onFulfilled = (value) => { try { step(body.next(value)); } catch (e) { reject(e); } };
    const onRejected = (value) => { try { step(body.throw(value)); } catch (e) { reject(e); } };
    const step = ({ done, value }) => done ? resolve(value) : Promise.resolve(value).then(onFulfilled, onRejected);
    body = body.call(self);
    step(body.next());
});
