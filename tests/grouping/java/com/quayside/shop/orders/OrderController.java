package com.quayside.shop.orders;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.harbour.web.Jobs;
import org.apache.harbour.web.Request;
import org.apache.harbour.web.Retry;

/** The endpoints of orders. */
public final class OrderController {

    private final OrderService orders;
    private final CartService carts;
    private final Jobs jobs;
    private final Shipping shipping = new Shipping();

    public OrderController(OrderService orders, CartService carts, Jobs jobs) {
        this.orders = orders;
        this.carts = carts;
        this.jobs = jobs;
    }

    private static List<String> list(String text) {
        return Arrays.asList(text.split(",", -1));
    }

    public Object confirm(Request request) {
        return orders.confirmationAddress(request.number("order"));
    }

    public Object confirmAll(Request request) {
        return list(request.get("orders"))
            .stream()
            .map(Integer::valueOf)
            .map(orders::confirmationAddress)
            .toList();
    }

    public Object confirmLater(Request request) {
        jobs.later(() -> orders.confirmationAddress(request.number("order")));
        return null;
    }

    public Object confirmAsync(Request request) {
        return CompletableFuture.supplyAsync(() ->
            orders.confirmationAddress(request.number("order"))
        ).join();
    }

    public Object confirmAwaited(Request request) throws Exception {
        return jobs.await(() -> orders.confirmationAddress(request.number("order")));
    }

    public Object confirmRetried(Request request) {
        return Retry.times(3, () -> orders.confirmationAddress(request.number("order")));
    }

    public Object preview(Request request) {
        IntFunction<String> address = orders::confirmationAddress;
        return address.apply(request.number("order"));
    }

    public Object place(Request request) {
        return orders.place(request.get("sku"), request.number("quantity"));
    }

    public Object pay(Request request) {
        return orders.pay(request.number("order"));
    }

    public Object payLater(Request request) {
        jobs.later(() -> orders.pay(request.number("order")));
        return null;
    }

    public Object points(Request request) {
        return orders.points(request.get("customer"));
    }

    public Object rate(Request request) {
        return shipping.rate(request.get("country"));
    }

    public Object rates(Request request) {
        return list(request.get("countries")).stream().mapToDouble(shipping::rate).sum();
    }

    public Object address(Request request) {
        return shipping.defaultAddress(list(request.get("addresses")));
    }

    public Object schedule(Request request) {
        shipping.schedule(request.get("day"));
        return null;
    }

    public Object voucher(Request request) {
        shipping.voucher(request.get("code"), request.get("expires"));
        return null;
    }

    public Object vouchers(Request request) {
        list(request.get("codes")).forEach(code -> shipping.voucher(code, request.get("expires")));
        return null;
    }

    public Object region(Request request) {
        return shipping.region(request.get("postcode"));
    }

    public Object options(Request request) {
        return shipping.withExpress(List.of("post", request.get("carrier")));
    }

    public Object partnerStatus(Request request) {
        return Order.Status.valueOf(request.get("status"));
    }

    public Object total(Request request) {
        return carts.total(request.number("price"), request.number("quantity"));
    }

    public Object rule(Request request) {
        return carts.applyRule(request.get("rule"), cart(request));
    }

    public Object rules(Request request) {
        CartService.Cart cart = cart(request);
        return list(request.get("rules"))
            .stream()
            .collect(Collectors.toMap(rule -> rule, rule -> carts.applyRule(rule, cart)));
    }

    private static CartService.Cart cart(Request request) {
        return new CartService.Cart(9, request.number("pieces"), request.get("tier"), List.of());
    }

    public Object bySku(Request request) {
        return carts.bySku(
            list(request.get("skus"))
                .stream()
                .map(sku -> new Order.Line(null, sku, sku.length()))
                .toList()
        );
    }

    public Object prune(Request request) {
        return carts.prune(list(request.get("skus")));
    }

    public Object category(Request request) {
        return new Catalogue(parents(request)).path(request.get("name"));
    }

    public Object sitemap(Request request) {
        return new Catalogue(parents(request)).paths();
    }

    private static Map<String, String> parents(Request request) {
        return list(request.get("parents"))
            .stream()
            .map(pair -> pair.split(">"))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    }

    public Object remember(Request request) {
        Map<Order, String> seen = new HashMap<>();
        return seen.put(linked(request.number("order")), "seen");
    }

    public Object distinct(Request request) {
        return new HashSet<>(List.of(linked(request.number("order"))));
    }

    public Object distinctLines(Request request) {
        return Stream.of(linked(request.number("order")))
            .flatMap(order -> order.lines.stream())
            .distinct()
            .count();
    }

    private static Order linked(int id) {
        Order order = new Order(id, null, "open");
        order.lines.add(new Order.Line(order, "MUG-1", 1));
        return order;
    }

    public Object page(Request request) {
        Map<String, Object> session = Map.of("page", request.get("page"));
        return (Integer) session.get("page") + 1;
    }
}
