package com.quayside.shop.billing;

import java.util.Arrays;
import org.apache.harbour.web.Jobs;
import org.apache.harbour.web.Request;

/** The endpoints of billing. */
public final class BillingController {

    private final Billing billing = new Billing();
    private final Jobs jobs;

    public BillingController(Jobs jobs) {
        this.jobs = jobs;
    }

    public Object pay(Request request) throws BillingException {
        return billing.pay(request.number("cents"));
    }

    public Object refund(Request request) throws BillingException {
        return billing.refund(request.number("cents"));
    }

    public Object capture(Request request) {
        jobs.later(() -> billing.capture(request.get("batch"), 100, 200));
        return null;
    }

    public Object settle(Request request) throws BillingException {
        billing.settle(
            request.get("payout"),
            request.get("fee"),
            request.get("parties"),
            request.get("iban")
        );
        return null;
    }

    public Object settleAwaited(Request request) throws Exception {
        return jobs.await(() -> settle(request));
    }

    public Object vat(Request request) {
        return Billing.vat(request.get("rate"));
    }

    public Object vatAwaited(Request request) throws Exception {
        return jobs.await(() -> Billing.vat(request.get("rate")));
    }

    public Object vatAll(Request request) {
        return Arrays.stream(request.get("rates").split(",")).parallel().map(Billing::vat).toList();
    }

    public Object amount(Request request) {
        return Billing.amount(request.get("text"));
    }

    public Object refundable(Request request) {
        return Billing.refundable(
            500,
            request.number("cents"),
            request.number("order"),
            request.number("days")
        );
    }

    public Object invoice(Request request) {
        Billing.checkInvoice(request.number("total"));
        return null;
    }

    public Object export(Request request) throws Exception {
        Billing.export(
            request.get("customer"),
            request.get("row") != null,
            request.get("full") != null
        );
        return null;
    }

    public Object tax(Request request) {
        return TaxTable.of(request.get("country"));
    }

    public Object taxLater(Request request) {
        jobs.later(() -> TaxTable.of(request.get("country")));
        return null;
    }

    public Object plugin(Request request) throws Exception {
        return Plugins.run(request.get("plugin"), request.get("argument"));
    }

    public Object audit(Request request) {
        Plugins.audit().note(request.get("entry"));
        return null;
    }
}
