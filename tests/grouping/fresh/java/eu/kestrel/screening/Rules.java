package eu.kestrel.screening;

import eu.kestrel.screening.Expression.Above;
import eu.kestrel.screening.Expression.All;
import eu.kestrel.screening.Expression.Field;
import eu.kestrel.screening.Expression.Not;
import eu.kestrel.screening.Expression.StartsWith;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** The rules in force. */
final class Rules {

    private static final Expression LARGE = new Above(new Field("amount"), new BigDecimal(10_000));
    private static final Expression ABROAD = new Not(new StartsWith(new Field("country"), "DE"));

    private final Map<String, Expression> rules = Map.of(
        "large",
        LARGE,
        "abroad",
        ABROAD,
        "large-abroad",
        new All(List.of(LARGE, ABROAD)),
        "domestic-nested",
        new Not(new Not(new All(List.of(new Not(ABROAD)))))
    );

    boolean hits(String rule, Map<String, Object> transaction) {
        return (Boolean) rules.get(rule).evaluate(transaction);
    }
}
