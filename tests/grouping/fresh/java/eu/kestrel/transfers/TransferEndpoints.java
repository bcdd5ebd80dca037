package eu.kestrel.transfers;

import static java.util.Map.entry;

import eu.kestrel.platform.Log;
import eu.kestrel.platform.Repository;
import eu.kestrel.platform.Tx;
import java.math.BigDecimal;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.eclipse.skiff.Endpoint;
import org.eclipse.skiff.Exchange;

/** The endpoints of the transfers. */
public final class TransferEndpoints {

    private TransferEndpoints() {}

    public static Map<String, Endpoint> create(Log log, int ratesPort) {
        TransferService service = Tx.around(
            TransferService.class,
            new TransferServiceImpl(accounts(), mandates())
        );
        Clearing clearing = new Clearing(ratesPort);
        return Map.ofEntries(
            entry("submit", it -> service.submit(transfer(it, it.text("to")))),
            entry("submitAsync", it ->
                CompletableFuture.runAsync(() -> service.submit(transfer(it, it.text("to")))).join()
            ),
            entry("payroll", it ->
                it.list("to").stream().map(to -> transfer(it, to)).map(service::submit).toList()
            ),
            entry("standingOrder", it ->
                new StandingOrder(service, transfer(it, it.text("to"))).run()
            ),
            entry("collect", it -> service.collect(it.text("mandate"), it.decimal("amount"))),
            entry("collectAll", it ->
                it.list("mandates").forEach(mandate -> service.collect(mandate, BigDecimal.TEN))
            ),
            entry("charge", it ->
                service.charge(it.text("account"), BigDecimal.ONE, it.number("version"))
            ),
            entry("forward", it -> clearing.forward(it.text("id"))),
            entry("forwardRetried", it -> clearing.forwardRetried(it.text("id"))),
            entry("forwardAsync", it ->
                CompletableFuture.supplyAsync(() -> clearing.forward(it.text("id"))).get()
            ),
            entry("rate", it -> clearing.rate(it.text("currency"))),
            entry("rates", it -> it.list("currencies").parallelStream().forEach(clearing::rate)),
            entry("returned", it ->
                log.error("transfer %s returned by clearing: %s", it.text("id"), it.text("reason"))
            ),
            entry("cutOff", it ->
                log.error(
                    "%s transfers missed the cut-off at %s",
                    it.text("count"),
                    it.text("time")
                )
            )
        );
    }

    private static Repository<String, Account> accounts() {
        return new Repository<String, Account>("Account")
            .with("100", new Account("100", "EUR", BigDecimal.TEN, "DE02 1203 0000"))
            .with("200", new Account("200", "EUR", BigDecimal.ONE, null))
            .with("300", new Account("300", "JPY", BigDecimal.ZERO, null));
    }

    private static Repository<String, String> mandates() {
        return new Repository<String, String>("Mandate").with("M-1", "gas works");
    }

    private static Transfer transfer(Exchange it, String to) {
        String currency = it.text("currency") == null ? "EUR" : it.text("currency");
        return new Transfer(it.text("id"), it.text("from"), to, it.decimal("amount"), currency);
    }

    /** A transfer that is due every month. */
    private record StandingOrder(TransferService service, Transfer transfer) implements Runnable {
        @Override
        public void run() {
            service.submit(transfer);
        }
    }
}
