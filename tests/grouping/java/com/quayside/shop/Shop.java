package com.quayside.shop;

import com.quayside.shop.billing.BillingController;
import com.quayside.shop.feeds.FeedController;
import com.quayside.shop.notices.NoticeController;
import com.quayside.shop.orders.CartService;
import com.quayside.shop.orders.OrderController;
import com.quayside.shop.orders.OrderService;
import com.quayside.shop.orders.OrderServiceImpl;
import com.quayside.shop.warehouse.WarehouseController;
import org.apache.harbour.proxy.Enhancer;
import org.apache.harbour.proxy.Interceptors;
import org.apache.harbour.web.Jobs;

/** Puts the five services together. */
public final class Shop {

    private Shop() {}

    /** The controller of a service; `carriers` is the address of the carriers. */
    public static Object controller(String service, String carriers, Jobs jobs) throws Exception {
        return switch (service) {
            case "orders" -> new OrderController(
                Interceptors.transactional(OrderService.class, new OrderServiceImpl()),
                Enhancer.enhance(CartService.class, "total", 0x3f9c21ab),
                jobs
            );
            case "billing" -> new BillingController(jobs);
            case "warehouse" -> new WarehouseController(carriers, jobs);
            case "notices" -> new NoticeController(jobs);
            case "feeds" -> new FeedController(jobs);
            default -> throw new IllegalArgumentException("no service " + service);
        };
    }
}
