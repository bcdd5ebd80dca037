package eu.kestrel.transfers;

import eu.kestrel.platform.Partner;
import eu.kestrel.platform.Retry;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The clearing house, and the rates of exchange. */
final class Clearing {

    private final Partner house = new Partner(1, 500);
    private final Partner rates;

    Clearing(int ratesPort) {
        this.rates = new Partner(ratesPort, 30);
    }

    String forward(String transfer) {
        return forward(transfer, "NORMAL");
    }

    private String forward(String transfer, String priority) {
        try {
            return house.ask("SUBMIT " + transfer + " " + priority);
        } catch (IOException error) {
            throw new ClearingException("transfer " + transfer + " was not forwarded", error);
        }
    }

    String forwardRetried(String transfer) throws Exception {
        return Retry.times(2, () -> forward(transfer));
    }

    String rate(String currency) {
        try {
            return rates.ask("RATE " + currency);
        } catch (IOException error) {
            throw new UncheckedIOException("no rate of " + currency, error);
        }
    }

    static final class ClearingException extends RuntimeException {

        ClearingException(String text, Throwable cause) {
            super(text, cause);
        }
    }
}
