package com.quayside.shop.orders;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Carts. Not final: the framework makes a subclass of it. */
public class CartService {

    /** A cart. */
    record Cart(int total, int pieces, String tier, List<String> vouchers) {}

    private static final Map<String, Integer> TIERS = Map.of("gold", 10, "silver", 5);

    private final Map<String, Function<Cart, Object>> rules = rules();

    private static Map<String, Function<Cart, Object>> rules() {
        return Map.of(
            "none",
            cart -> 0,
            "season",
            cart -> cart.total() > 100 ? 5 : 0,
            "bulk",
            cart -> cart.total() / cart.pieces(),
            "tier",
            cart -> TIERS.get(cart.tier()).doubleValue(),
            "first",
            cart -> cart.vouchers().get(0)
        );
    }

    Object applyRule(String name, Cart cart) {
        return rules.get(name).apply(cart);
    }

    Map<String, Integer> bySku(List<Order.Line> lines) {
        return lines.stream().collect(Collectors.toMap(Order.Line::sku, Order.Line::quantity));
    }

    List<String> prune(List<String> skus) {
        List<String> kept = new ArrayList<>(skus);
        for (String sku : kept) {
            if (sku.isEmpty()) {
                kept.remove(sku);
            }
        }
        return kept;
    }

    /** In cents. */
    public int total(int price, int quantity) {
        return Math.multiplyExact(price, quantity);
    }
}
