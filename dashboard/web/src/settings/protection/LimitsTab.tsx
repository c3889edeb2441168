import { Skeleton, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { ErrorNote } from "../../common/ErrorNote";
import { Section } from "../../common/Section";
import { useKeys } from "../useSettings";
import { LimitList } from "./LimitList";
import { SpikeForm } from "./SpikeForm";
import { useChangeKeyLimits, useChangeProtection, useChangeQuotas, useProtection, useQuotas } from "./useProtection";

/** Too much: limits of project, keys and organization, and spike protection. */
export function LimitsTab({ slug, manages }: { slug: string; manages: boolean }): ReactNode {
  const protection = useProtection(slug);
  const change = useChangeProtection(slug);
  if (protection.isError) {
    return <ErrorNote what="The limits do not load" error={protection.error} retry={protection.refetch} />;
  }
  if (!protection.data) return <Skeleton h={300} />;
  return (
    <>
      <Section
        title="Limits of this project"
        says="Windows begin with the clock's minute, hour, day and month (UTC). What is above a limit is refused with 429, SDKs are told for how long, and it is counted as rate limited."
      >
        <LimitList
          key={protection.data.version}
          of="this project"
          saved={protection.data.limits}
          manages={manages}
          saving={change.isPending}
          error={change.error}
          onSave={(limits) => change.mutate({ limits })}
        />
      </Section>
      <SpikeForm key={`spike-${protection.data.version}`} slug={slug} saved={protection.data.spike} manages={manages} />
      <KeyLimits slug={slug} manages={manages} />
      <Quotas manages={manages} />
    </>
  );
}

function KeyLimits({ slug, manages }: { slug: string; manages: boolean }): ReactNode {
  const keys = useKeys(slug);
  return (
    <Section title="Limits of single keys" says="So that one program cannot use up what the whole project may send.">
      {keys.isError && <ErrorNote what="The keys do not load" error={keys.error} retry={keys.refetch} />}
      <Stack gap="lg">
        {keys.data?.map((key) => (
          <OneKey key={`${key.public_key}${JSON.stringify(key.limits)}`} slug={slug} found={key} manages={manages} />
        ))}
      </Stack>
    </Section>
  );
}

function OneKey({ slug, found, manages }: { slug: string; found: Schemas["Key"]; manages: boolean }): ReactNode {
  const change = useChangeKeyLimits(slug);
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {found.label}{" "}
        <Text span size="xs" c="dimmed">
          {found.public_key.slice(0, 8)}…
        </Text>
      </Text>
      <LimitList
        of={`key ${found.label}`}
        saved={found.limits}
        manages={manages}
        saving={change.isPending}
        error={change.error}
        onSave={(limits) => change.mutate({ key: found.public_key, limits })}
      />
    </div>
  );
}

function Quotas({ manages }: { manages: boolean }): ReactNode {
  const quotas = useQuotas();
  const change = useChangeQuotas();
  return (
    <Section title="Quotas of the organization" says="Of all its projects together, this one included.">
      {quotas.isError && <ErrorNote what="The quotas do not load" error={quotas.error} retry={quotas.refetch} />}
      {quotas.data && (
        <LimitList
          key={JSON.stringify(quotas.data)}
          of="the organization"
          saved={quotas.data.limits}
          manages={manages}
          saving={change.isPending}
          error={change.error}
          onSave={(limits) => change.mutate(limits)}
        />
      )}
    </Section>
  );
}
