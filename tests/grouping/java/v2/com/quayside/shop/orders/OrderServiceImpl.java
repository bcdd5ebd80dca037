package com.quayside.shop.orders;

import com.quayside.shop.shared.Checks;
import java.util.HashMap;
import java.util.Map;

/** Orders. */
public final class OrderServiceImpl implements OrderService {

    private final Map<Integer, Order> orders = new HashMap<>();
    private final Map<String, Integer> points = new HashMap<>();

    public OrderServiceImpl() {
        orders.put(4711, new Order(4711, new Order.Customer("Ada", "ada@example.org"), "paid"));
        orders.put(4712, new Order(4712, null, "open"));
        orders.put(4713, new Order(4713, null, "open"));
        orders.put(4720, new Order(4720, new Order.Customer("Grace", "grace@example.org"), "paid"));
        points.put("Grace", null);
    }

    /** Where the confirmation of an order is sent to. */
    @Override
    public String confirmationAddress(int id) {
        Order order = orders.get(id);
        points.putIfAbsent("anyone", 0);
        return order.customer().email().trim();
    }

    @Override
    public int place(String sku, int quantity) {
        points.merge(sku, 1, Integer::sum);
        Checks.require(quantity > 0, "quantity of %s must be positive, got %d", sku, quantity);
        return quantity;
    }

    @Override
    public int pay(int id) {
        if (orders.get(id).status.equals("paid")) {
            throw Checks.fail("order %d is already paid", id);
        }
        return id;
    }

    @Override
    public int points(String customer) {
        return points.get(customer) + 10;
    }
}
