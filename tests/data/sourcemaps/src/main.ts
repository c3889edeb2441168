import { applyDiscount, type Cart } from "./cart";

function checkout(cart: Cart): number {
  return applyDiscount(cart, "SUMMER");
}

(globalThis as { buy?: () => number }).buy = () => checkout({ total: 10, discounts: {} });
