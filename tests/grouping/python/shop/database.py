"""The database wrapper: every failed statement of every repository is raised here."""

import sqlite3

from shop.errors import DatabaseError

SCHEMA = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT UNIQUE, name TEXT, points INTEGER);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, status TEXT, total REAL);
CREATE TABLE products (sku TEXT PRIMARY KEY, name TEXT, price REAL);
INSERT INTO customers VALUES (1, 'ada@example.org', 'Ada', 120),
  (2, 'grace@example.org', 'Grace', NULL);
INSERT INTO orders VALUES (4711, 1, 'paid', 80.5), (4712, 99, 'open', 12), (4713, 98, 'open', 5),
  (4714, 1, 'open', 30), (4720, 2, 'paid', 61);
INSERT INTO products VALUES ('MUG-1', 'Mug', 8.5), ('LAMP-2', 'Lamp', 49);
"""


class Database:
    def __init__(self):
        self.connection = sqlite3.connect(":memory:", check_same_thread=False)
        self.connection.row_factory = sqlite3.Row
        self.connection.executescript(SCHEMA)

    def query(self, sql, *parameters):
        return self._execute(sql, parameters).fetchall()

    def execute(self, sql, *parameters):
        return self._execute(sql, parameters).lastrowid

    def _execute(self, sql, parameters):
        try:
            return self.connection.execute(sql, parameters)
        except sqlite3.Error as error:
            raise DatabaseError(f"statement failed: {error}") from error
