"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.importFeed = void 0;
function importFeed(log, source, rows) {
    rows.forEach((row, index) => {
        if (!row.title) {
            log.error({}, `${source}: row ${index + 1} skipped, title is empty`);
        }
        else if (!/^\d{4}$/.test(row.year)) {
            log.error({}, `${source}: row ${index + 1} skipped, year is ${JSON.stringify(row.year)}`);
        }
    });
}
exports.importFeed = importFeed;
