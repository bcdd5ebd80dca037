package com.quayside.shop.orders;

import com.quayside.shop.shared.Checks;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/** Rates, addresses and days of delivery. */
final class Shipping {

    private static final List<String> COUNTRIES = List.of("DE", "FR");

    double rate(String country) {
        return COUNTRIES.stream().filter(country::equals).findFirst().map(String::length).get();
    }

    String defaultAddress(List<String> addresses) {
        Optional<String> first = addresses
            .stream()
            .filter(address -> !address.isBlank())
            .findFirst();
        return first.get();
    }

    void schedule(String day) {
        Checks.require(day.compareTo("2024-06-01") >= 0, "delivery on %s is in the past", day);
    }

    void voucher(String code, String expires) {
        LocalDate last = LocalDate.parse(expires);
        Checks.require(
            !last.isBefore(LocalDate.of(2024, 6, 1)),
            "voucher %s expired on %s",
            code,
            last
        );
    }

    String region(String postcode) {
        return postcode.substring(0, 2);
    }

    List<String> withExpress(List<String> options) {
        options.add("express");
        return options;
    }
}
