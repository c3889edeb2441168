import { Button, Center, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useRef, type ReactNode } from "react";
import { ErrorNote } from "../common/ErrorNote";
import { count } from "../common/numbers";
import { withinOf } from "../issue/pure/within";
import { Freshness } from "./Freshness";
import { IssueRowView } from "./IssueRowView";
import classes from "./issues.module.css";
import { KeySheet } from "./KeySheet";
import { ListHead } from "./ListHead";
import { NoIssues } from "./NoIssues";
import type { IssueRow, IssueSearch } from "./search";
import { Toolbar } from "./Toolbar";
import { useBulk, type Part } from "./useBulk";
import { useMerge } from "./useMerge";
import { useIssues } from "./useIssues";
import { useListKeys } from "./useListKeys";
import { useSelection } from "./useSelection";

interface Props {
  slug: string;
  asked: Required<IssueSearch>;
  onChange: (change: IssueSearch) => void;
}

export function IssueList({ slug, asked, onChange }: Props): ReactNode {
  const { rows, fresh, total, totalHasMore, asOf, live, list, showFresh } = useIssues(slug, asked);
  const within = withinOf(asked.query);
  const selection = useSelection(rows.map((row) => row.id));
  const bulk = useBulk(slug);
  const merge = useMerge(slug);
  const [keysShown, keys] = useDisclosure(false);
  const listRef = useRef<HTMLUListElement>(null);
  const searchRef = useRef<HTMLInputElement>(null);

  const changePart = (part: Part, focusedId: string | null = null): void => {
    const chosen = rows.filter((row) => (selection.ids.size > 0 ? selection.ids.has(row.id) : row.id === focusedId));
    if (chosen.length === 0 || bulk.isPending) return;
    bulk.mutate({ rows: chosen, part }, { onSuccess: ({ failed }) => selection.keepOnly(Object.keys(failed)) });
  };
  const change = (status: IssueRow["status"], focusedId: string | null = null): void =>
    changePart({ status }, focusedId);
  const toggle = (id: string): void => selection.toggle(id, false);
  const take = (focusedId: string | null): void => changePart({ assignee: "me" }, focusedId);
  useListKeys({ list: listRef, search: searchRef, toggle, change, take, showKeys: keys.open });

  return (
    <>
      <Toolbar asked={asked} onChange={onChange} searchRef={searchRef} />
      <KeySheet opened={keysShown} onClose={keys.close} />
      {list.isError && <ErrorNote what="The issues do not load" error={list.error} retry={list.refetch} />}
      {list.isPending && <Waiting />}
      <div className={classes["pill"]} role="status">
        {fresh > 0 && (
          <Button size="xs" radius="xl" onClick={() => void showFresh()}>
            {fresh} new
          </Button>
        )}
      </div>
      {list.isSuccess && rows.length === 0 && <NoIssues query={asked.query} onChange={onChange} />}
      {rows.length > 0 && !list.isError && (
        <div
          className={classes["panel"]}
          aria-busy={list.isFetching}
          style={{ opacity: list.isPlaceholderData ? 0.6 : 1 }}
        >
          <ListHead
            shown={rows.length}
            selected={selection.ids.size}
            busy={bulk.isPending || merge.isPending}
            onSelectAll={selection.all}
            onChange={changePart}
            onMerge={() =>
              merge.mutate(
                rows.filter((row) => selection.ids.has(row.id)),
                { onSuccess: () => selection.keepOnly([]) },
              )
            }
          />
          <ul className={classes["list"]} ref={listRef} aria-label="Issues">
            {rows.map((row) => (
              <IssueRowView
                key={row.id}
                row={row}
                selected={selection.ids.has(row.id)}
                analytics={asOf !== null}
                within={within}
                onSelect={selection.toggle}
              />
            ))}
          </ul>
        </div>
      )}
      {list.hasNextPage && (
        <Center mt="md">
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        </Center>
      )}
      {list.isSuccess && (
        <Group justify="space-between" mt="sm">
          <Text size="xs" c="dimmed">
            {rows.length} of {count(total)}
            {totalHasMore && "+"}
          </Text>
          <Freshness live={live} asOf={asOf} onShowKeys={keys.open} />
        </Group>
      )}
    </>
  );
}

function Waiting(): ReactNode {
  return (
    <Stack gap={1} aria-label="Loading issues" role="status">
      {Array.from({ length: 8 }, (_, number) => (
        <Skeleton key={number} h={74} radius="sm" />
      ))}
    </Stack>
  );
}
