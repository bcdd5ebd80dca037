package eu.kestrel.transfers;

import java.math.BigDecimal;

record Account(String number, String currency, BigDecimal balance, String iban) {}
