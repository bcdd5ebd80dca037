package com.quayside.shop.shared;

import java.sql.SQLException;

/** The database wrapper: every failed statement of every repository leaves here. */
public final class DataAccess {

    private DataAccess() {}

    /** A statement. */
    public interface Statement {
        int run() throws SQLException;
    }

    public static int execute(String name, Statement statement) {
        try {
            return statement.run();
        } catch (SQLException error) {
            throw new DataAccessException("could not execute " + name, error);
        }
    }

    /** A failed statement, whatever the reason. */
    public static final class DataAccessException extends RuntimeException {

        DataAccessException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
