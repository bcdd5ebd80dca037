package eu.kestrel.transfers;

import eu.kestrel.platform.Repository;
import java.math.BigDecimal;

final class TransferServiceImpl implements TransferService {

    private final Repository<String, Account> accounts;
    private final Repository<String, String> mandates;

    TransferServiceImpl(Repository<String, Account> accounts, Repository<String, String> mandates) {
        this.accounts = accounts;
        this.mandates = mandates;
    }

    @Override
    public String submit(Transfer transfer) {
        TransferRules.verify(transfer);
        return book(transfer);
    }

    private String book(Transfer transfer) {
        Account payer = accounts.require(transfer.from());
        Account payee = accounts.require(transfer.to());
        return payer.number() + "->" + printed(payee) + " " + minorUnits(transfer.amount());
    }

    @Override
    public String collect(String mandate, BigDecimal amount) {
        return mandates.require(mandate) + " " + minorUnits(amount);
    }

    @Override
    public void charge(String number, BigDecimal fee, int version) {
        Account account = accounts.require(number);
        BigDecimal left = account.balance().subtract(fee);
        accounts.update(
            number,
            new Account(number, account.currency(), left, account.iban()),
            version
        );
    }

    private static String printed(Account account) {
        String iban = account.iban();
        return iban.replace(" ", "").toUpperCase();
    }

    private static long minorUnits(BigDecimal amount) {
        return amount.setScale(2).unscaledValue().longValueExact();
    }
}
