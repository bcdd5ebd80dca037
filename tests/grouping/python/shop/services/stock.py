"""Stock levels, picking and suppliers."""

import asyncio

from shop.clients import upstream


class StockService:
    def __init__(self, products):
        self.products = products

    def reserve(self, sku, pieces):
        left = self.products.level(sku) - pieces
        return max(left, 0)

    def reserve_all(self, wanted):
        return {sku: self.reserve(sku, pieces) for sku, pieces in wanted.items()}

    def shelf_of(self, number):
        return self.products.shelf(number)

    def pick_route(self, stops):
        return [stops[at + 1] for at in range(len(stops))]


async def supplier_quote(supplier):
    await asyncio.sleep(0)
    return supplier["name"], supplier["lead_time"] + 1


async def quotes(suppliers):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(supplier_quote(supplier)) for supplier in suppliers]
    return [task.result() for task in tasks]


async def warehouse_level(warehouse, sku):
    return await asyncio.to_thread(upstream.get, warehouse, f"/levels/{sku}")


async def levels(warehouses, sku):
    async with asyncio.TaskGroup() as group:
        for warehouse in warehouses:
            group.create_task(warehouse_level(warehouse, sku))
