package com.quayside.shop.billing;

import com.quayside.shop.shared.Upstream;
import java.io.IOException;
import java.math.BigDecimal;

/** Payments, refunds, settlements and exports. */
final class Billing {

    private final Gateway gateway = new Gateway();

    String pay(int cents) throws BillingException {
        try {
            return gateway.charge(cents);
        } catch (RuntimeException error) {
            throw new BillingException("payment of " + cents + " cents failed", error);
        }
    }

    String refund(int cents) throws BillingException {
        try {
            return gateway.refund(cents);
        } catch (RuntimeException error) {
            throw new BillingException.RefundFailed(error);
        }
    }

    void capture(String batch, int... amounts) {
        for (int cents : amounts) {
            try {
                pay(cents);
            } catch (BillingException error) {
                throw new BillingException.BatchStopped(batch, error);
            }
        }
    }

    /** Every failure of a settlement leaves here as one type with one message. */
    void settle(String payout, String fee, String parties, String iban) throws BillingException {
        try {
            splitFee(new BigDecimal(fee), new BigDecimal(parties));
            account(iban);
            Upstream.get("127.0.0.1:3", "/bookings/" + payout);
        } catch (RuntimeException error) {
            throw new BillingException("payment could not be settled", error);
        }
    }

    private static BigDecimal splitFee(BigDecimal fee, BigDecimal parties) {
        return fee.divide(parties);
    }

    private static String account(String iban) {
        return iban.replace(" ", "");
    }

    static BigDecimal vat(String rate) {
        return BigDecimal.valueOf(Double.parseDouble(rate));
    }

    static BigDecimal amount(String text) {
        return new BigDecimal(text);
    }

    static int refundable(int captured, int cents, int order, int days) {
        if (cents > captured) {
            throw new IllegalStateException(
                "refund of " + cents + " exceeds the captured " + captured
            );
        }
        if (days > 30) {
            throw new IllegalStateException(
                "refund window of order " + order + " closed " + (days - 30) + " days ago"
            );
        }
        return cents;
    }

    static void checkInvoice(int total) {
        assert total >= 0 : "invoice total is " + total;
    }

    /** A statement as rows in a file that may be full when it is closed. */
    static void export(String customer, boolean rowFails, boolean closeFails) throws IOException {
        try (StatementFile file = new StatementFile(closeFails)) {
            file.write(rowFails ? null : customer);
        }
    }

    private static final class StatementFile implements AutoCloseable {

        private final boolean full;

        StatementFile(boolean full) {
            this.full = full;
        }

        void write(String row) {
            if (row.length() > 80) {
                throw new IllegalArgumentException("row is too long");
            }
        }

        @Override
        public void close() throws IOException {
            if (full) {
                throw new IOException("no space left on device");
            }
        }
    }
}
