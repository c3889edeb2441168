import { Button, Code, Group, MultiSelect, Skeleton, Stack, Switch, Text, Textarea } from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import { ErrorNote } from "../../common/ErrorNote";
import { Section } from "../../common/Section";
import { FilterPreview } from "./FilterPreview";
import { BROWSERS, asLines, asText } from "./filters";
import { same } from "./limits";
import { useChangeProtection, usePreviewFilters, useProtection, type Filters } from "./useProtection";

const DAYS = 7;

/** What nobody wants: inbound filters, tried on history before they are saved. */
export function FiltersTab({ slug, manages }: { slug: string; manages: boolean }): ReactNode {
  const protection = useProtection(slug);
  if (protection.isError) {
    return <ErrorNote what="The filters do not load" error={protection.error} retry={protection.refetch} />;
  }
  if (!protection.data) return <Skeleton h={300} />;
  return <FiltersForm key={protection.data.version} slug={slug} saved={protection.data.filters} manages={manages} />;
}

const SWITCHES = [
  {
    name: "browser_extensions",
    label: "Errors of browser extensions",
    says: "By where the code comes from, and by well-known messages",
  },
  { name: "web_crawlers", label: "Web crawlers", says: "By the user agent: search engines, link previews, monitors" },
  { name: "localhost", label: "Events from localhost", says: "The page or request is on localhost, 127.0.0.1 or ::1" },
  {
    name: "invalid_csp",
    label: "Noise in CSP reports",
    says: "What browsers and their extensions block by themselves",
  },
] as const;

function FiltersForm({ slug, saved, manages }: { slug: string; saved: Filters; manages: boolean }): ReactNode {
  const change = useChangeProtection(slug);
  const preview = usePreviewFilters(slug);
  const [filters, setFilters] = useState(saved);
  const set = (part: Partial<Filters>): void => {
    setFilters((before) => ({ ...before, ...part }));
    preview.reset();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate({ filters });
  };
  const lines = (name: "error_messages" | "releases" | "ip_addresses") => ({
    autosize: true,
    minRows: 2,
    disabled: !manages,
    value: asText(filters[name]),
    onChange: (event: { currentTarget: { value: string } }) => set({ [name]: asLines(event.currentTarget.value) }),
  });
  return (
    <Section
      title="Inbound filters"
      says="Events that match are answered 200, counted as filtered with the filter's name, and not kept. They are looked at after secrets have been removed."
    >
      <form onSubmit={submit}>
        <Stack maw={640}>
          <Textarea
            label="Error messages"
            description={
              <>
                One pattern a line, against the <b>whole</b> message, or the whole <Code>Type: value</Code> of an
                exception. <Code>*</Code> is any text, <Code>?</Code> one letter, <Code>{"{a,b}"}</Code> one of several;
                case does not matter. <Code>timeout</Code> matches only “timeout”: for messages that contain it write{" "}
                <Code>*timeout*</Code>.
              </>
            }
            placeholder={"TypeError: * is not a function\n*ResizeObserver loop*"}
            {...lines("error_messages")}
          />
          <Textarea
            label="Releases"
            description="One pattern a line, against the whole release, in the same way"
            placeholder="shop@1.*"
            {...lines("releases")}
          />
          <Textarea
            label="IP addresses"
            description="One address or network a line, of the connection that brings the event"
            placeholder={"203.0.113.7\n10.0.0.0/8"}
            {...lines("ip_addresses")}
          />
          {SWITCHES.map(({ name, label, says }) => (
            <Switch
              key={name}
              label={label}
              description={says}
              disabled={!manages}
              checked={filters[name]}
              onChange={(event) => set({ [name]: event.currentTarget.checked })}
            />
          ))}
          <MultiSelect
            label="Legacy browsers"
            description="By the user agent"
            data={BROWSERS}
            clearable
            disabled={!manages}
            value={filters.legacy_browsers}
            onChange={(names) => set({ legacy_browsers: names as NonNullable<Filters["legacy_browsers"]> })}
          />
          {change.isError && <ErrorNote what="The filters were not saved" error={change.error} />}
          <Group>
            <Button type="submit" loading={change.isPending} disabled={!manages || same(filters, saved)}>
              Save filters
            </Button>
            <Button
              variant="default"
              loading={preview.isPending}
              onClick={() => preview.mutate({ filters, days: DAYS })}
            >
              Try on the last {DAYS} days
            </Button>
          </Group>
          {preview.isError && <ErrorNote what="The filters could not be tried" error={preview.error} />}
          {preview.data && <FilterPreview found={preview.data} />}
          <Text size="xs" c="dimmed">
            Trying changes nothing. It looks at events that were accepted, so what a filter drops already is not among
            them.
          </Text>
        </Stack>
      </form>
    </Section>
  );
}
