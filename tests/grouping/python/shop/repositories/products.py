"""Products and their stock, the latter held in memory."""


class Products:
    def __init__(self, database):
        self.database = database
        self.levels = {"MUG-1": 4, "LAMP-2": 1}
        self.shelves = [["MUG-1"], ["LAMP-2", "SHADE-3"]]

    def sorted_by(self, order):
        return self.database.query(f"SELECT * FROM products ORDER BY {order}")

    def level(self, sku):
        return self.levels[sku]

    def shelf(self, number):
        return self.shelves[number]
