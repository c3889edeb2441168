// The lines around a frame, the guilty one marked by more than its colour.
import { VisuallyHidden } from "@mantine/core";
import stackClasses from "./stack.module.css";
import type { CodeLine } from "../pure/code";
import { Scrollable } from "./Scrollable";

export function CodeBlock({ lines, label }: { readonly lines: readonly CodeLine[]; readonly label: string }) {
  return (
    <Scrollable label={label} className={stackClasses["code"]}>
      <code className={stackClasses["codeLines"]}>
        {lines.map((line, index) => (
          <span key={line.number ?? index} className={stackClasses["codeLine"]} data-guilty={line.guilty || undefined}>
            <span className={stackClasses["lineNumber"]} aria-hidden>
              {line.guilty ? "▶" : ""} {line.number ?? ""}
            </span>
            {line.guilty && <VisuallyHidden>Guilty line {line.number}: </VisuallyHidden>}
            <span className={stackClasses["lineText"]}>{line.text || " "}</span>
          </span>
        ))}
      </code>
    </Scrollable>
  );
}
