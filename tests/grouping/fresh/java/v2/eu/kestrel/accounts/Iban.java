package eu.kestrel.accounts;

import java.math.BigInteger;

/** International account numbers. */
final class Iban {

    private static final BigInteger MODULUS = BigInteger.valueOf(97);

    private Iban() {}

    static boolean isValid(String iban) {
        String compact = iban.strip();
        return checksum(compact) == 1;
    }

    private static int checksum(String iban) {
        String moved = iban.substring(4) + iban.substring(0, 4);
        StringBuilder digits = new StringBuilder();
        for (char each : moved.toCharArray()) {
            if (Character.isLetter(each)) {
                digits.append(each - 'A' + 10);
            } else {
                digits.append(each);
            }
        }
        return new BigInteger(digits.toString()).mod(MODULUS).intValue();
    }
}
