/** A level's colour is never alone: its name stands beside it or is read aloud. */
const COLOURS: Readonly<Record<string, string>> = {
  fatal: "var(--mantine-color-red-9)",
  error: "var(--mantine-color-red-6)",
  warning: "var(--mantine-color-yellow-6)",
  info: "var(--mantine-color-blue-5)",
  debug: "var(--mantine-color-gray-5)",
};

export const levelColour = (level: string): string => COLOURS[level] ?? "var(--mantine-color-gray-5)";
