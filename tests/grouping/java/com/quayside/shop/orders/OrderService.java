package com.quayside.shop.orders;

/** Orders, as the controllers see them: the calls go through a transaction. */
public interface OrderService {
    String confirmationAddress(int order);

    int place(String sku, int quantity);

    int pay(int order);

    int points(String customer);
}
