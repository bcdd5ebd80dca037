package com.quayside.shop.billing;

/** What went wrong with money. */
public class BillingException extends Exception {

    BillingException(String message, Throwable cause) {
        super(message, cause);
    }

    /** A refund that failed. */
    static final class RefundFailed extends BillingException {

        RefundFailed(Throwable cause) {
            super("the gateway did not refund", cause);
        }
    }

    /** A batch that stopped. */
    static final class BatchStopped extends RuntimeException {

        BatchStopped(String batch, Throwable cause) {
            super("batch " + batch + " stopped", cause);
        }
    }
}
