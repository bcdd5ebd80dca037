package eu.kestrel.transfers;

import java.math.BigDecimal;

/** Moves money between accounts. */
interface TransferService {
    String submit(Transfer transfer);

    String collect(String mandate, BigDecimal amount);

    void charge(String account, BigDecimal fee, int version);
}
