"""What became of every batch that was sent, and a check of a server against it.

A batch is a request of a known number of items that all carry its number. Acknowledged: each item is
there exactly once. Unknown (the connection broke before the answer): all are there once, or none; once
seen, that never changes. Refused: none is there.

Where the number is: a span's name, a log record's body, a data point's value.
"""

import threading
from dataclasses import dataclass

SPANS, LOGS, SAMPLES = "spans", "logs", "samples"

# Its own items among others in the tables, and the batch's number of each.
NUMBER = {
    SPANS: "TRY_CAST(substr(name, 7) AS BIGINT)",
    LOGS: "TRY_CAST(substr(body, 7) AS BIGINT)",
    SAMPLES: "TRY_CAST(value AS BIGINT)",
}
OURS = {
    SPANS: "service_name = 'ledger'",
    LOGS: "service_name = 'ledger'",
    SAMPLES: "series_id IN (SELECT series_id FROM series WHERE service_name = 'ledger')",
}
# Numbers start here: a wrong one cannot be hit by chance.
FIRST = 1_000_000


def label(number):
    """The number as a name or a body."""
    return f"batch-{number}"


@dataclass
class Batch:
    table: str
    items: int
    outcome: str  # acknowledged, unknown, refused; resolved ones are acknowledged or refused.


class Ledger:
    """Batches by number. Safe to use from many threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self._next = FIRST
        self.batches = {}
        # Every batch below is resolved.
        self._open_from = FIRST
        self.counts = {"acknowledged": 0, "unknown": 0, "refused": 0}

    def begin(self):
        """A number for a batch about to be sent."""
        with self._lock:
            self._next += 1
            return self._next

    def note(self, number, table, items, outcome):
        with self._lock:
            assert number not in self.batches
            self.batches[number] = Batch(table, items, outcome)
            self.counts[outcome] += 1

    def check(self, server, everything=False):
        """Compares the server with what was noted. No batch may be under way.

        Looks at every batch noted since the last check one by one, at the sums of all others; at
        all one by one with `everything`.
        """
        since = FIRST if everything else self._open_from
        for table in (SPANS, LOGS, SAMPLES):
            found = self._found(server, table, since)
            noted = {n: b for n, b in self.batches.items() if b.table == table and n >= since}
            strangers = found.keys() - noted.keys()
            assert not strangers, f"{table}: batches {sorted(strangers)[:5]} were never sent"
            for number, batch in noted.items():
                self._settle(number, batch, found.get(number, 0))
            self._check_sums(server, table)
        self._open_from = self._next + 1

    def _settle(self, number, batch, count):
        expected = {
            "acknowledged": {batch.items},
            "unknown": {0, batch.items},
            "refused": {0},
        }[batch.outcome]
        assert count in expected, (
            f"{batch.table}: batch {number} was {batch.outcome} with {batch.items} items, "
            f"{count} are there"
        )
        if batch.outcome == "unknown":
            batch.outcome = "acknowledged" if count else "refused"

    def _found(self, server, table, since):
        """How many items of each batch are there."""
        counts, page = {}, 5_000
        for first in range(since, self._next + 1, page):
            rows = server.sql(
                f"SELECT {NUMBER[table]} AS number, count(*) AS items FROM {table} "
                f"WHERE {OURS[table]} AND {NUMBER[table]} BETWEEN {first} AND {first + page - 1} "
                f"GROUP BY 1"
            )
            counts |= {int(row["number"]): int(row["items"]) for row in rows}
        return counts

    def _check_sums(self, server, table):
        """Nothing that was settled before may come, go or double."""
        kept = {
            number: batch
            for number, batch in self.batches.items()
            if batch.table == table and batch.outcome == "acknowledged"
        }
        (row,) = server.sql(
            f"SELECT count(*) AS items, count(DISTINCT {NUMBER[table]}) AS batches, "
            f"coalesce(sum({NUMBER[table]}), 0) AS numbers FROM {table} WHERE {OURS[table]}"
        )
        found = {name: int(value) for name, value in row.items()}
        assert found == {
            "items": sum(batch.items for batch in kept.values()),
            "batches": len(kept),
            "numbers": sum(number * batch.items for number, batch in kept.items()),
        }, table
