package com.quayside.shop.shared;

/** A rule of the business that does not hold. */
public class RuleViolation extends RuntimeException {

    public RuleViolation(String message) {
        super(message);
    }
}
