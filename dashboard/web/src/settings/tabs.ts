/** The settings screen's parts; which one is open is in the address. */
export const TABS = [
  { value: "general", label: "General" },
  { value: "limits", label: "Limits" },
  { value: "filters", label: "Filters" },
  { value: "privacy", label: "Privacy" },
] as const;

export type Tab = (typeof TABS)[number]["value"];

export const readTab = (search: Record<string, unknown>): { tab?: Tab } => {
  const found = TABS.find(({ value }) => value === search["tab"]);
  return found ? { tab: found.value } : {};
};
