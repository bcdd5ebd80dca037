"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Repository = exports.NotFoundError = void 0;
const async_1 = require("./async");
class NotFoundError extends Error {
    constructor(entity, id) {
        super(`${entity} with id ${id} not found`);
        this.name = "NotFoundError";
    }
}
exports.NotFoundError = NotFoundError;
class Repository {
    constructor(entity, table) {
        this.entity = entity;
        this.table = table;
    }
    get size() {
        return this.table.rows.length;
    }
    find(id) {
        return (0, async_1.__async)(this, function* () {
            return yield this.table.find(id);
        });
    }
    getOrFail(id) {
        return (0, async_1.__async)(this, function* () {
            const row = yield this.find(id);
            if (row === null) {
                throw new NotFoundError(this.entity, id);
            }
            return row;
        });
    }
    add(row) {
        return (0, async_1.__async)(this, function* () {
            yield this.table.insert(row);
            return row;
        });
    }
}
exports.Repository = Repository;
