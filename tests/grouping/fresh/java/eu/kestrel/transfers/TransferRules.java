package eu.kestrel.transfers;

import static eu.kestrel.platform.Preconditions.check;

import java.util.List;
import java.util.function.Consumer;

/** What must hold of a transfer before money moves. */
final class TransferRules {

    private static final List<Consumer<Transfer>> ALL = List.of(
        t -> check(t.amount().signum() > 0, "PAY-012", "amount %s is not positive", t.amount()),
        t -> check(!t.from().equals(t.to()), "PAY-013", "account %s pays itself", t.from()),
        t ->
            check(
                t.currency().equals("EUR") || t.amount().scale() <= 0,
                "PAY-020",
                "%s is not payable in %s",
                t.amount(),
                t.currency()
            )
    );

    private TransferRules() {}

    static void verify(Transfer transfer) {
        ALL.forEach(rule -> rule.accept(transfer));
    }
}
