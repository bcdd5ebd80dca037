// Tables in memory, with unique columns.
'use strict';

class UniqueViolation extends Error {
  constructor(table, column, value) {
    super(`duplicate key value violates unique constraint "${table}_${column}_key"`);
    this.name = 'UniqueViolation';
    this.code = '23505';
    this.detail = `Key (${column})=(${value}) already exists.`;
  }
}

class Table {
  constructor(name, unique, rows) {
    this.name = name;
    this.unique = unique;
    this.rows = rows;
  }

  async insert(row) {
    await null;
    for (const column of this.unique)
      if (this.rows.some((each) => each[column] === row[column]))
        throw new UniqueViolation(this.name, column, row[column]);
    this.rows.push(row);
  }

  async find(id) {
    await null;
    return this.rows.find((row) => row.id === id) ?? null;
  }
}

module.exports = { Table, UniqueViolation };
