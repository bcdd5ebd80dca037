package eu.kestrel;

import eu.kestrel.accounts.AccountEndpoints;
import eu.kestrel.platform.Log;
import eu.kestrel.screening.ScreeningEndpoints;
import eu.kestrel.statements.StatementEndpoints;
import eu.kestrel.transfers.TransferEndpoints;
import java.util.Map;
import org.eclipse.skiff.Endpoint;

/** Puts the four services of the bank together. */
public final class Bank {

    private Bank() {}

    /** The endpoints of a service; the rates of exchange are on `ratesPort` of this machine. */
    public static Map<String, Endpoint> endpoints(String service, Log log, int ratesPort) {
        return switch (service) {
            case "transfers" -> TransferEndpoints.create(log, ratesPort);
            case "accounts" -> AccountEndpoints.create(log);
            case "screening" -> ScreeningEndpoints.create(log);
            case "statements" -> StatementEndpoints.create(log);
            default -> throw new IllegalArgumentException("no service " + service);
        };
    }
}
