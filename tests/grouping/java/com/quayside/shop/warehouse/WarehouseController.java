package com.quayside.shop.warehouse;

import java.util.List;
import org.apache.harbour.web.Jobs;
import org.apache.harbour.web.Request;
import org.apache.harbour.web.Retry;

/** The endpoints of the warehouse. */
public final class WarehouseController {

    private final Warehouse warehouse;
    private final Jobs jobs;

    public WarehouseController(String carriers, Jobs jobs) {
        this.warehouse = new Warehouse(carriers);
        this.jobs = jobs;
    }

    public Object addProduct(Request request) {
        return warehouse.addProduct(request.get("sku"), request.get("name"));
    }

    public Object addProducts(Request request) {
        return List.of(request.get("skus").split(","))
            .stream()
            .mapToInt(sku -> warehouse.addProduct(sku, "new"))
            .sum();
    }

    public Object addShelf(Request request) {
        return warehouse.addShelf(request.get("number"), request.get("hall"));
    }

    public Object report(Request request) {
        return warehouse.report("amount_sold");
    }

    public Object reportLater(Request request) {
        jobs.later(() -> warehouse.report("amount_sold"));
        return null;
    }

    public Object level(Request request) {
        return warehouse.level(request.get("sku"));
    }

    public Object levels(Request request) {
        return List.of(request.get("skus").split(",")).stream().map(warehouse::level).toList();
    }

    public Object shelf(Request request) {
        return warehouse.shelf(request.number("number"));
    }

    public Object lane(Request request) {
        return warehouse.lane(request.number("number"));
    }

    public Object track(Request request) {
        return warehouse.track(request.get("parcel"));
    }

    public Object trackRetried(Request request) {
        return Retry.times(2, () -> warehouse.track(request.get("parcel")));
    }

    public Object customs(Request request) {
        return warehouse.customs(request.get("country"));
    }

    public Object slots(Request request) {
        return warehouse.slots(request.get("postcode"));
    }

    public Object recount(Request request) throws Exception {
        return warehouse.recount(request.number("within"));
    }

    public Object recountAtNight(Request request) {
        warehouse.recountAtNight(request.get("hall"));
        return null;
    }

    public Object pickList(Request request) {
        return warehouse.pickList(List.of(request.get("skus").split(",")));
    }

    public Object labels(Request request) {
        return warehouse.labels(List.of(request.get("skus").split(",")));
    }
}
