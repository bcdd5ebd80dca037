package eu.kestrel.accounts;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Interest by tiers, and the holds that lower a balance. */
final class Interest {

    enum Product {
        CURRENT,
        SAVINGS,
        YOUTH,
    }

    private final TreeMap<Integer, Double> tiers = new TreeMap<>(
        Map.of(1000, 0.5, 9000, 1.25)
    );
    private final List<Integer> holds = new ArrayList<>(List.of(30, 0, 70, 0, 20));

    double rate(int balance) {
        return tiers.floorEntry(balance).getValue();
    }

    Product product(String code) {
        return Product.valueOf(code.toUpperCase());
    }

    void release(int below) {
        for (Integer hold : holds) {
            if (hold < below) {
                holds.remove(hold);
            }
        }
    }
}
