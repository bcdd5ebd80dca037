package eu.kestrel.accounts;

import static java.util.Map.entry;

import eu.kestrel.platform.Log;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import org.eclipse.skiff.Endpoint;

/** The endpoints of the accounts. */
public final class AccountEndpoints {

    private AccountEndpoints() {}

    public static Map<String, Endpoint> create(Log log) {
        Owners owners = new Owners();
        Interest interest = new Interest();
        return Map.ofEntries(
            entry("iban", it -> Iban.isValid(it.text("iban"))),
            entry("ibans", it -> it.list("ibans").stream().allMatch(Iban::isValid)),
            entry("product", it -> interest.product(it.text("code"))),
            entry("products", it -> it.list("codes").forEach(interest::product)),
            entry("birthday", it -> owners.birthday(it.text("owner"))),
            entry("birthdays", it -> it.list("owners").stream().map(owners::birthday).toList()),
            entry("owner", it -> owners.ultimateOwner(it.text("owner"))),
            entry("ownerJob", it ->
                ForkJoinPool.commonPool()
                    .submit(() -> owners.ultimateOwner(it.text("owner")))
                    .join()
            ),
            entry("rate", it -> interest.rate(it.number("balance"))),
            entry("forecast", it ->
                it.list("balances").stream().map(Integer::valueOf).mapToDouble(interest::rate).sum()
            ),
            entry("release", it -> new Interest().release(it.number("below"))),
            entry("releaseAll", it ->
                it.list("below").forEach(each -> new Interest().release(Integer.parseInt(each)))
            ),
            entry("open", it -> open(log, it.text("customer"), it.text("expired"))),
            entry("dormant", it ->
                log.error("account %s dormant since %s", it.text("account"), it.text("since"))
            )
        );
    }

    private static void open(Log log, String customer, String expired) {
        try {
            throw new KycExpired(customer, expired);
        } catch (KycExpired refused) {
            log.brief(refused);
        }
    }

    /** A customer who must be identified again. */
    static final class KycExpired extends Exception {

        KycExpired(String customer, String expired) {
            super("customer " + customer + ": identification expired on " + expired);
        }
    }
}
