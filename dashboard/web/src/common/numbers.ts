const exact = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** "1,234" */
export const count = (value: number): string => exact.format(value);

/** "1.2K" from a thousand on. */
export const shortCount = (value: number): string => compact.format(value);

/** "1 event", "1,200 events" */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;
