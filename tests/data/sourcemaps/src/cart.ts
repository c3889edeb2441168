export interface Cart {
  total: number;
  discounts: Record<string, { amount: number }>;
}

// The bug: a code that nobody knows has no discount.
export function applyDiscount(cart: Cart, code: string): number {
  const discount = cart.discounts[code];
  return cart.total - discount.amount;
}
