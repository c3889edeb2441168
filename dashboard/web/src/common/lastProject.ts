const KEY = "seiche.project";

/** The slug of the project that was looked at last in this browser, or "". */
export function lastProject(): string {
  try {
    return window.localStorage.getItem(KEY) ?? "";
  } catch {
    return ""; // storage may be forbidden; then the list of projects is the first page
  }
}

export function rememberProject(slug: string): void {
  try {
    if (slug) window.localStorage.setItem(KEY, slug);
    else window.localStorage.removeItem(KEY);
  } catch {
    // Only a convenience is lost.
  }
}
