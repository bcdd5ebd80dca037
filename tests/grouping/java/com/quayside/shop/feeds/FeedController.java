package com.quayside.shop.feeds;

import java.util.Arrays;
import org.apache.harbour.web.Jobs;
import org.apache.harbour.web.Request;

/** The endpoints of feeds. */
public final class FeedController {

    private final Feeds feeds = new Feeds();
    private final Jobs jobs;

    public FeedController(Jobs jobs) {
        this.jobs = jobs;
    }

    public Object upload(Request request) {
        return feeds.row(request.get("row"));
    }

    public Object uploadAll(Request request) {
        return Arrays.stream(request.get("rows").split("\\+")).map(feeds::row).toList();
    }

    public Object uploadLater(Request request) {
        jobs.later(() -> feeds.row(request.get("row")));
        return null;
    }

    public Object pieces(Request request) {
        return feeds.pieces(request.get("text"));
    }

    public Object decode(Request request) throws Exception {
        return feeds.decode(request.get("hex"));
    }

    public Object header(Request request) {
        return feeds.header(request.number("length"));
    }

    public Object supplier(Request request) {
        return feeds.supplier(request.get("feed"));
    }

    public Object mapping(Request request) {
        return feeds.mapping(request.get("settings"));
    }

    public Object tag(Request request) {
        return feeds.tag(request.get("tag"));
    }
}
