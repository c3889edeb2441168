import { SegmentedControl, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Suspense, lazy, useState, type ReactNode } from "react";
import { statsOptions } from "../api/queries";
import { Ago } from "../common/Ago";
import { ErrorNote } from "../common/ErrorNote";
import { Page } from "../common/Page";
import { Section } from "../common/Section";
import { BreakdownTable } from "./BreakdownTable";
import { Reasons } from "./Reasons";
import { Sum } from "./Sum";

const HourChart = lazy(async () => ({ default: (await import("./HourChart")).HourChart }));
const SPANS = [
  { value: "24", label: "24 hours" },
  { value: "168", label: "7 days" },
  { value: "720", label: "30 days" },
];

export function StatsPage(): ReactNode {
  const { slug } = useParams({ from: "/app/projects/$slug/stats" });
  const [hours, setHours] = useState(24);
  const stats = useQuery({ ...statsOptions(slug, hours), refetchInterval: 10_000 });
  return (
    <Page
      title="Stats"
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Time"
          data={SPANS}
          value={String(hours)}
          onChange={(value) => setHours(Number(value))}
        />
      }
    >
      {stats.isError && (
        <ErrorNote
          what={stats.data ? "These figures are old: newer ones do not load" : "The figures do not load"}
          error={stats.error}
          retry={stats.refetch}
        />
      )}
      {stats.isPending && <Skeleton h={420} />}
      {stats.data && (
        <>
          <Section
            title="What became of every event"
            says={
              <>
                By the time of arrival.{" "}
                {stats.data.as_of ? (
                  <>
                    Counted <Ago at={stats.data.as_of} />.
                  </>
                ) : (
                  "Nothing was counted yet."
                )}
              </>
            }
          >
            <Sum totals={stats.data.totals} />
          </Section>
          <Section title="Per hour">
            <Suspense fallback={<Skeleton h={260} />}>
              <HourChart stats={stats.data} />
            </Suspense>
          </Section>
          <Reasons reasons={stats.data.reasons} />
        </>
      )}
      <BreakdownTable slug={slug} hours={hours} />
    </Page>
  );
}
