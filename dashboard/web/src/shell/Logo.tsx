import type { ReactNode } from "react";

/** A standing wave. */
export function Logo({ size = 26 }: { size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="7" fill="#0b7285" />
      <path d="M4 19c4-9 8-9 12 0s8 9 12 0" fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
      <path
        d="M4 13c4 9 8 9 12 0s8-9 12 0"
        fill="none"
        stroke="#fff"
        strokeOpacity=".35"
        strokeWidth="3"
        strokeLinecap="round"
      />
    </svg>
  );
}
