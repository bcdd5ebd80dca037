"""The clinic's database. Every statement goes through `execute`."""

import sqlite3
import threading

SCHEMA = """
CREATE TABLE clinician (id INTEGER PRIMARY KEY, name TEXT, badge TEXT UNIQUE, calendar TEXT);
CREATE TABLE slot (room TEXT, start TEXT, patient INTEGER, UNIQUE (room, start));
CREATE TABLE patient (id INTEGER PRIMARY KEY, name TEXT NOT NULL, merged_into INTEGER);
INSERT INTO clinician VALUES (1, 'Okafor', 'B-100', 'cardiology'), (2, 'Lind', 'B-200', NULL);
INSERT INTO slot VALUES ('R1', '2031-03-04T09:00', 7), ('R2', '2031-03-04T10:30', 8);
INSERT INTO patient VALUES (7, 'Patient 7', NULL), (8, 'Patient 8', 7);
"""


class Database:
    def __init__(self):
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(SCHEMA)
        self._lock = threading.Lock()

    def execute(self, sql, *values):
        with self._lock:
            return self._connection.execute(sql, values)

    def one(self, sql, *values):
        return self.execute(sql, *values).fetchone()


database = Database()
