// Where the page makes its mistakes.

export function priceOf(item) {
  return item.price.amount;
}

export function takeFromShelf(number) {
  throw new RangeError(`shelf ${number} is empty`);
}

export async function payFor(order) {
  await null;
  throw new Error(`no payment for order ${order}`);
}

export class Order {
  total() {
    return priceOf({});
  }
}
