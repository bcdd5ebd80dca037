"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.routes = void 0;
const pocket_1 = require("pocket");
const poolside_1 = require("poolside");
const feed_1 = require("./feed");
const repository_1 = require("./repository");
const titles_service_1 = require("./titles.service");
function service() {
    const titles = [{ id: 1, slug: "dune", genre: 14 }, { id: 2, slug: "heat", genre: 20 }];
    const people = [{ id: 5, number: "nm5" }, { id: 6, number: "nm6" }];
    const rights = [{ id: 1, regions: ["NO", "none"] }];
    const repository = (entity, name, unique, rows) => new repository_1.Repository(entity, new pocket_1.Table(name, unique, rows));
    return new titles_service_1.TitlesService(repository("Title", "title", ["slug"], titles), repository("Genre", "genre", [], [{ id: 3, name: "crime" }]), repository("Person", "person", ["number"], people), repository("Rights", "rights", [], rights));
}
function collection(names) {
    const root = { id: names[0], children: [] };
    const last = names.slice(1).reduce((parent, id) => {
        const child = { id, children: [] };
        parent.children.push(child);
        return child;
    }, root);
    last.children.push(root);
    return root;
}
const routes = (log) => {
    const titles = service();
    const pool = new poolside_1.Pool({ attempts: 2, onError: (err) => log.error({ err }, "catalog job") });
    return {
        title: (ctx) => titles.detail(ctx.body.id),
        titleLater: (ctx) => pool.push(() => titles.detail(ctx.body.id)),
        credits: (ctx) => titles.credits(ctx.body.ids),
        regions: (ctx) => titles.regions(ctx.body.id),
        available: (ctx) => titles.available(ctx.body.ids, "NO"),
        sitemap: (ctx) => titles.sitemap(ctx.body.ids),
        create: (ctx) => titles.create(ctx.body),
        createAll: async (ctx) => {
            for (const title of ctx.body)
                await titles.create(title);
        },
        credit: (ctx) => titles.credit(ctx.body),
        creditLater: (ctx) => pool.push(() => titles.credit(ctx.body)),
        index: (ctx) => titles.index(ctx.body),
        indexLater: (ctx) => pool.push(() => titles.index(ctx.body)),
        indexCollection: (ctx) => titles.index(collection(ctx.body.names)),
        released: (ctx) => titles.released(ctx.body),
        calendar: (ctx) => ctx.body.titles.map((title) => titles.released(title)),
        feed: (ctx) => (0, feed_1.importFeed)(log, ctx.body.source, ctx.body.rows),
    };
};
exports.routes = routes;
