import { Alert, Skeleton } from "@mantine/core";
import { IconCircleCheck, IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Ago } from "../common/Ago";
import { ErrorNote } from "../common/ErrorNote";
import { Page } from "../common/Page";
import { Section } from "../common/Section";
import { Canary } from "./Canary";
import { Consumers } from "./Consumers";
import { Freshness } from "./Freshness";
import { Links } from "./Links";
import { Processes } from "./Processes";
import { statusOptions } from "./queries";
import { verdict } from "./verdict";

export function StatusPage(): ReactNode {
  const status = useQuery(statusOptions);
  const judged = status.data && verdict(status.data);
  return (
    <Page title="Status">
      {status.isError && <ErrorNote what="The status does not load" error={status.error} retry={status.refetch} />}
      {status.isPending && <Skeleton h={420} />}
      {status.data && judged && (
        <>
          <Alert
            mb="md"
            variant="outline"
            color={judged.ok ? "green" : "red"}
            role="status"
            icon={judged.ok ? <IconCircleCheck /> : <IconAlertTriangle />}
            title={judged.ok ? "Everything runs" : "Something needs attention"}
          >
            {judged.says} Asked <Ago at={new Date(status.dataUpdatedAt).toISOString()} />.
          </Alert>
          <Section title="Processes" says="The supervisor starts a process that ends again, and counts it.">
            <Processes processes={status.data.processes} />
          </Section>
          <Section title="Consumers" says="How many records of the event log each of them has still to read.">
            <Consumers consumers={status.data.consumers} />
          </Section>
          <Canary canary={status.data.canary} />
          <Freshness />
          <Links links={status.data.links} />
        </>
      )}
    </Page>
  );
}
