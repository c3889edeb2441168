// Code may be wider than the page: it scrolls by itself, with keys too.
import type { ReactNode } from "react";

interface Props {
  readonly label: string;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

export function Scrollable({ label, className, children }: Props) {
  return (
    // WCAG 2.1.1: what scrolls must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div role="group" aria-label={label} tabIndex={0} className={className}>
      {children}
    </div>
  );
}
