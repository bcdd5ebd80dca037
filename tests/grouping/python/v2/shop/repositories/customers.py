"""Customers."""

TABLE = "customers"


class Customers:
    """Rows of the table, as objects."""

    def __init__(self, database):
        self.database = database

    def find(self, customer_id):
        rows = self.database.query("SELECT * FROM customers WHERE id = ?", customer_id)
        return Customer(rows[0]) if rows else None

    def add(self, email, name):
        return self.database.execute(
            "INSERT INTO customers (email, name) VALUES (?, ?)", email, name
        )


class Customer:
    def __init__(self, row):
        self.id = row["id"]
        self.email = row["email"]
        self.points = row["points"]
