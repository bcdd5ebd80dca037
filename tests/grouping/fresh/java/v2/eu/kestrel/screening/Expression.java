package eu.kestrel.screening;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** Rules of the analysts, as trees that are evaluated over a transaction. */
interface Expression {
    Object evaluate(Map<String, Object> transaction);

    record Field(String name) implements Expression {
        @Override
        public Object evaluate(Map<String, Object> transaction) {
            return transaction.get(name);
        }
    }

    record Above(Expression left, BigDecimal limit) implements Expression {
        @Override
        public Object evaluate(Map<String, Object> transaction) {
            return ((BigDecimal) left.evaluate(transaction)).compareTo(limit) > 0;
        }
    }

    record StartsWith(Expression left, String prefix) implements Expression {
        @Override
        public Object evaluate(Map<String, Object> transaction) {
            Object value = left.evaluate(transaction);
            return value.toString().startsWith(prefix);
        }
    }

    record Not(Expression inner) implements Expression {
        @Override
        public Object evaluate(Map<String, Object> transaction) {
            return !(Boolean) inner.evaluate(transaction);
        }
    }

    record All(List<Expression> parts) implements Expression {
        @Override
        public Object evaluate(Map<String, Object> transaction) {
            return parts.stream().allMatch(part -> (Boolean) part.evaluate(transaction));
        }
    }
}
