package com.quayside.shop.warehouse;

import com.quayside.shop.shared.DataAccess;
import com.quayside.shop.shared.Upstream;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.harbour.sql.Table;

/** Stock, shelves, routes and carriers. */
final class Warehouse {

    private final Table products = new Table("products", List.of("sku", "name"));
    private final Table shelves = new Table("shelves", List.of("number", "hall"));
    private final Map<String, Integer> levels = Map.of("MUG-1", 4, "LAMP-2", 1);
    private final List<String> shelf = List.of("A", "B", "C");
    private final int[] lanes = new int[4];
    private final ExecutorService counters = Executors.newFixedThreadPool(1);
    private final String carriers;

    Warehouse(String carriers) {
        this.carriers = carriers;
    }

    int addProduct(String sku, String name) {
        return DataAccess.execute("insert", () -> products.insert(sku, name));
    }

    int addShelf(String number, String hall) {
        return DataAccess.execute("insert", () -> shelves.insert(number, hall));
    }

    int report(String column) {
        return DataAccess.execute("select", () -> products.select(column));
    }

    int level(String sku) {
        if (!levels.containsKey(sku)) {
            throw new NoSuchElementException("no stock of " + sku);
        }
        return levels.get(sku);
    }

    String shelf(int number) {
        return shelf.get(number);
    }

    int lane(int number) {
        return ++lanes[number];
    }

    String track(String parcel) {
        return Upstream.get("127.0.0.1:2", "/parcels/" + parcel);
    }

    String customs(String country) {
        return Upstream.get("127.0.0.1:4", "/customs/" + country);
    }

    String slots(String postcode) {
        return Upstream.get(carriers, "/slots/" + postcode);
    }

    Object recount(int milliseconds) throws Exception {
        return new CompletableFuture<Integer>().get(milliseconds, TimeUnit.MILLISECONDS);
    }

    void recountAtNight(String hall) {
        counters.shutdown();
        counters.submit(() -> level(hall));
    }

    long pickList(List<String> skus) {
        Stream<String> wanted = skus.stream();
        return wanted.count() + wanted.distinct().count();
    }

    String labels(List<String> skus) {
        Stream<String> printed = skus.stream().map(String::toLowerCase);
        printed.forEach(String::length);
        return printed.toList().toString();
    }
}
