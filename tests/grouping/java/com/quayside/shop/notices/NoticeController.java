package com.quayside.shop.notices;

import java.util.List;
import org.apache.harbour.check.Form;
import org.apache.harbour.web.Jobs;
import org.apache.harbour.web.Request;

/** The endpoints of notices. */
public final class NoticeController {

    private static final Form SIGNUP = new Form("signup", List.of("email", "phone"));
    private static final Form ADDRESS = new Form("address", List.of("street", "postcode"));

    private final Notices notices = new Notices();
    private final Jobs jobs;

    public NoticeController(Jobs jobs) {
        this.jobs = jobs;
    }

    public Object signup(Request request) {
        SIGNUP.validate(request);
        return null;
    }

    public Object address(Request request) {
        ADDRESS.validate(request);
        return null;
    }

    public Object subject(Request request) {
        return notices.subject(request.get("kind"));
    }

    public Object subjectLater(Request request) {
        jobs.later(() -> notices.subject(request.get("kind")));
        return null;
    }

    public Object shortMessage(Request request) {
        return notices.shortMessage(request.get("template"), request.get("name"));
    }

    public Object letter(Request request) throws Exception {
        return notices.letter(request.get("customer"));
    }

    public Object unsubscribe(Request request) throws Exception {
        return notices.unsubscribe(request.get("address"));
    }

    public Object muted(Request request) {
        return notices.muted(request.get("filter"), "news");
    }

    public Object sendOn(Request request) {
        return notices.sendOn(request.get("day"));
    }

    public Object sendOnLater(Request request) {
        jobs.later(() -> notices.sendOn(request.get("day")));
        return null;
    }
}
