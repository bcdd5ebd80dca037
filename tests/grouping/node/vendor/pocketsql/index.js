// A small database in memory, with the constraints and the error codes of a large one.
'use strict';

class QueryError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

class Connection {
  constructor(tables) {
    this.tables = tables;
  }

  insert(table, row) {
    const { unique = [], required = [], rows } = this.tables[table];
    for (const column of required) {
      if (row[column] == null)
        this.raise('23502', `null value in column "${column}" of relation "${table}"`);
    }
    for (const column of unique) {
      if (rows.some((other) => other[column] === row[column])) {
        this.raise(
          '23505',
          `duplicate key value violates unique constraint "${table}_${column}_key"`,
        );
      }
    }
    rows.push(row);
  }

  select(table, columns, where) {
    const { rows } = this.tables[table];
    for (const column of columns) {
      if (rows.length > 0 && !(column in rows[0]))
        this.raise('42703', `column "${column}" does not exist`);
    }
    return rows.filter(where);
  }

  raise(code, message) {
    throw new QueryError(code, message);
  }
}

module.exports = { Connection };
