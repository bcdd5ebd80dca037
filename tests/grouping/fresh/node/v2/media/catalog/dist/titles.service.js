"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.TitlesService = void 0;
const async_1 = require("./async");
const http_1 = require("../../core/http");
class TitlesService {
    constructor(titles, genres, people, rights) {
        this.titles = titles;
        this.genres = genres;
        this.people = people;
        this.rights = rights;
    }
    count() {
        return this.titles.table.rows.length;
    }
    detail(id) {
        return (0, async_1.__async)(this, function* () {
            const title = yield this.titles.getOrFail(id);
            const genre = yield this.genres.getOrFail(title.genre);
            return Object.assign(Object.assign({}, title), { genre: genre.name });
        });
    }
    credits(ids) {
        return (0, async_1.__async)(this, function* () {
            return yield Promise.all(ids.map((id) => this.people.getOrFail(id)));
        });
    }
    regions(id) {
        return (0, async_1.__async)(this, function* () {
            return this.regionsOf(yield this.rights.find(id));
        });
    }
    regionsOf(rights) {
        const { regions } = rights;
        return regions.filter((region) => region !== "none" && region !== "test");
    }
    sitemap(ids) {
        return (0, async_1.__async)(this, function* () {
            const rights = yield Promise.all(ids.map((id) => this.rights.find(id)));
            return rights.map((each) => this.regionsOf(each));
        });
    }
    available(ids, region) {
        return (0, async_1.__async)(this, function* () {
            const available = [];
            for (const id of ids) {
                const rights = yield this.rights.find(id);
                if (this.regionsOf(rights).includes(region)) {
                    available.push(id);
                }
            }
            return available;
        });
    }
    create(title) {
        return (0, async_1.__async)(this, function* () {
            yield this.titles.add(title);
            return title.slug;
        });
    }
    credit(person) {
        return (0, async_1.__async)(this, function* () {
            return yield this.people.add(person);
        });
    }
    index(title) {
        return (0, async_1.__async)(this, function* () {
            const body = JSON.stringify(title);
            yield (0, http_1.call)("search", `/titles/${title.id}`, { method: "PUT", body });
        });
    }
    released(title) {
        return new Date(title.released).toISOString().slice(0, 10);
    }
}
exports.TitlesService = TitlesService;
