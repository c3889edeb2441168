// Events an hour over the last day. The chart comes when the rest of the page stands.
import { Skeleton, Text } from "@mantine/core";
import { Suspense, lazy } from "react";
import { Ago } from "../../common/Ago";
import type { Issue } from "../types";
import { FoldSection } from "./FoldSection";

const HourChart = lazy(async () => ({ default: (await import("./HourChart")).HourChart }));
const HEIGHT_PIXELS = 120;

interface Props {
  readonly numbers: Pick<Issue, "sparkline" | "as_of">;
  readonly askedAt: number;
}

export function HourSection({ numbers, askedAt }: Props) {
  return (
    <FoldSection name="hours" title="Last 24 hours">
      {numbers.as_of === null ? (
        <Text size="sm" c="dimmed">
          Analytics have not answered: this chart comes back by itself.
        </Text>
      ) : (
        <>
          <Suspense fallback={<Skeleton height={HEIGHT_PIXELS} />}>
            <HourChart counts={numbers.sparkline} askedAt={askedAt} height={HEIGHT_PIXELS} />
          </Suspense>
          <Text size="xs" c="dimmed">
            Newest event counted: <Ago at={numbers.as_of} />
          </Text>
        </>
      )}
    </FoldSection>
  );
}
