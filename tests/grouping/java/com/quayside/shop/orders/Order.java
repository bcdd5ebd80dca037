package com.quayside.shop.orders;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** An order and its lines. A line knows its order, and an order its lines. */
public final class Order {

    final int id;
    final Customer customer;
    final List<Line> lines = new ArrayList<>();
    final String status;

    Order(int id, Customer customer, String status) {
        this.id = id;
        this.customer = customer;
        this.status = status;
    }

    Customer customer() {
        return customer;
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, lines);
    }

    /** A line. */
    static final class Line {

        final Order order;
        final String sku;
        final int quantity;

        Line(Order order, String sku, int quantity) {
            this.order = order;
            this.sku = sku;
            this.quantity = quantity;
        }

        String sku() {
            return sku;
        }

        int quantity() {
            return quantity;
        }

        @Override
        public int hashCode() {
            return Objects.hash(order, sku);
        }
    }

    /** Who ordered. */
    record Customer(String name, String email) {}

    /** What a partner says of an order. */
    enum Status {
        OPEN,
        PAID,
        SHIPPED
    }
}
