package eu.kestrel.transfers;

import java.math.BigDecimal;

record Transfer(String id, String from, String to, BigDecimal amount, String currency) {}
