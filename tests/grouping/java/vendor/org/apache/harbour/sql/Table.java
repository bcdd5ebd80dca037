package org.apache.harbour.sql;

import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLSyntaxErrorException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A table in memory, with the constraints and errors of a database. */
public final class Table {

    private final String name;
    private final List<String> columns;
    private final Set<String> keys = new HashSet<>();

    public Table(String name, List<String> columns) {
        this.name = name;
        this.columns = columns;
    }

    public int insert(String key, Object value) throws SQLException {
        if (value == null) {
            throw new SQLIntegrityConstraintViolationException(
                "Column '" + columns.get(1) + "' cannot be null",
                "23000"
            );
        }
        if (!keys.add(key)) {
            throw new SQLIntegrityConstraintViolationException(
                "Duplicate entry '" + key + "' for key '" + name + ".PRIMARY'",
                "23000"
            );
        }
        return 1;
    }

    public int select(String column) throws SQLException {
        if (!columns.contains(column)) {
            throw new SQLSyntaxErrorException(
                "Unknown column '" + column + "' in 'field list'",
                "42S22"
            );
        }
        return keys.size();
    }
}
