import { DEFAULT_THEME, createTheme, type MantineColorsTuple, type CSSVariablesResolver } from "@mantine/core";

// Shade 9 of cyan is the first on which white text has a contrast of 4.5 (WCAG AA).
const darkest = (name: "green" | "orange" | "yellow" | "teal", shade: string): MantineColorsTuple => {
  const [a, b, c, d, e, f, g, h, i] = DEFAULT_THEME.colors[name];
  return [a, b, c, d, e, f, g, h, i, shade];
};

export const theme = createTheme({
  colors: {
    // Text of light badges and alerts: Mantine's shade 9 of these is too pale to be read on shade 1.
    green: darkest("green", "#1e6b2e"),
    teal: darkest("teal", "#06684a"),
    orange: darkest("orange", "#9c3606"),
    yellow: darkest("yellow", "#855000"),
    dark: [
      "#d3d8dd",
      "#b6bdc4",
      "#9097a0",
      "#616a72",
      "#434b52",
      "#333a41",
      "#262c31",
      "#1c2024",
      "#16191c",
      "#101214",
    ],
  },
  primaryColor: "cyan",
  primaryShade: { light: 9, dark: 9 },
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily: 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, monospace',
  headings: { fontWeight: "650" },
});

// Mantine's own dimmed text and placeholders are below a contrast of 4.5.
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#5c636a",
    "--mantine-color-placeholder": "#69707a",
    "--seiche-surface": "#ffffff",
    "--seiche-ground": "#f6f8f9",
    "--seiche-line": "#e3e7ea",
    "--seiche-hover": "#f1f6f7",
    "--seiche-selected": "#e3f4f7",
    "--seiche-spark": "#1098ad",
  },
  dark: {
    "--mantine-color-dimmed": "#a3a9b0",
    "--mantine-color-placeholder": "#9aa0a7",
    "--mantine-color-body": "#16191c",
    "--seiche-surface": "#1c2024",
    "--seiche-ground": "#16191c",
    "--seiche-line": "#30363c",
    "--seiche-hover": "#22282d",
    "--seiche-selected": "#123a42",
    "--seiche-spark": "#22b8cf",
  },
});
