// How the issue's events spread over each tag.
import { Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ErrorNote } from "../../common/ErrorNote";
import { count } from "../../common/numbers";
import { tagsOptions } from "../data/queries";
import { FilterLink } from "../event/FilterLink";
import eventClasses from "../event/event.module.css";
import type { Issue, TagSummary } from "../types";
import { FoldSection } from "./FoldSection";

export function TagDistribution({ issue }: { readonly issue: Issue }) {
  return (
    <FoldSection name="tag-distribution" title="Tags of all its events">
      <Tags issue={issue} />
    </FoldSection>
  );
}

function Tags({ issue }: { readonly issue: Issue }) {
  const tags = useQuery(tagsOptions(issue.id));
  if (tags.isPending) return <Skeleton height={120} />;
  if (tags.isError)
    return <ErrorNote what="Tags cannot be counted" error={tags.error} retry={() => void tags.refetch()} />;
  if (tags.data.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        None yet: tags are counted a few seconds after an event arrives.
      </Text>
    );
  }
  return tags.data.map((tag) => <Tag key={tag.key} tag={tag} project={issue.project} />);
}

function Tag({ tag, project }: { readonly tag: TagSummary; readonly project: string }) {
  const rest = tag.total - tag.values.reduce((sum, value) => sum + value.count, 0);
  return (
    <div className={eventClasses["tag"]}>
      <h3>{tag.key}</h3>
      <ul>
        {tag.values.map(({ value, count: found }) => {
          const share = Math.round((found / Math.max(tag.total, 1)) * 100);
          return (
            <li key={value}>
              <span className={eventClasses["tagBar"]} style={{ inlineSize: `${share}%` }} aria-hidden />
              <span className={eventClasses["tagValue"]}>
                <FilterLink project={project} name={tag.key} value={value} />
              </span>
              <span className={eventClasses["tagCount"]}>
                {count(found)} · {share} %
              </span>
            </li>
          );
        })}
      </ul>
      {rest > 0 && (
        <Text size="xs" c="dimmed">
          {count(rest)} with other values
        </Text>
      )}
    </div>
  );
}
