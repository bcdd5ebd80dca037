// A shop's page that knows nothing of errors but what it is told: one mistake reached from five places, and others.
import * as Sentry from "@sentry/browser";
import { Order, payFor, priceOf, takeFromShelf } from "./cart.js";

const { everything, ...options } = JSON.parse(document.getElementById("options").textContent);
if (everything) {
  options.integrations = [Sentry.browserTracingIntegration(), Sentry.replayIntegration()];
  Object.assign(options, { tracesSampleRate: 1, replaysSessionSampleRate: 1, enableLogs: true });
}
Sentry.init(options);

const discounted = (price) => price({}) * 0.9;

const actions = {
  cart: () => priceOf({}),
  checkout: () => [{}].map(priceOf),
  wishlist: () => setTimeout(() => priceOf({})),
  offers: () => discounted(priceOf),
  orders: () => new Order().total(),
  stock: () => takeFromShelf(7),
  pay: () => void payFor(1971),
  note: () => Sentry.logger.warn("stock is low"),
};

const response = await fetch("/prices.json");
console.info("prices are here", await response.json());
for (const [name, action] of Object.entries(actions)) {
  const button = document.createElement("button");
  button.id = name;
  button.textContent = name;
  button.addEventListener("click", action);
  document.body.append(button);
}
document.body.dataset.state = "ready";
