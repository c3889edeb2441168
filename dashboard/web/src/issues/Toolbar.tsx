import { Group, SegmentedControl, Select } from "@mantine/core";
import type { ReactNode, RefObject } from "react";
import classes from "./issues.module.css";
import { statusOf, withStatus } from "./queryText";
import { SORTS, isSort, type IssueSearch } from "./search";
import { SearchBox } from "./SearchBox";

const STATUSES = [
  { value: "unresolved", label: "Unresolved" },
  { value: "resolved", label: "Resolved" },
  { value: "ignored", label: "Ignored" },
  { value: "all", label: "All" },
];

interface Props {
  asked: Required<IssueSearch>;
  onChange: (change: IssueSearch) => void;
  searchRef: RefObject<HTMLInputElement | null>;
}

/** What is listed, and in which order. */
export function Toolbar({ asked, onChange, searchRef }: Props): ReactNode {
  const status = statusOf(asked.query);
  return (
    <Group gap="sm" mb="sm">
      <SegmentedControl
        size="xs"
        aria-label="Status"
        data={STATUSES}
        value={status === "other" ? "" : status}
        onChange={(chosen) => onChange({ query: withStatus(asked.query, chosen) })}
      />
      <SearchBox key={asked.query} query={asked.query} onSearch={(query) => onChange({ query })} inputRef={searchRef} />
      <Select
        aria-label="Sort by"
        className={classes["sort"] ?? ""}
        data={SORTS.map(({ value, label }) => ({ value, label }))}
        value={asked.sort}
        allowDeselect={false}
        onChange={(chosen) => {
          if (isSort(chosen)) onChange({ sort: chosen });
        }}
        comboboxProps={{ width: 260, position: "bottom-end" }}
        renderOption={({ option }) => (
          <div>
            <div>{option.label}</div>
            <div style={{ fontSize: 12, color: "var(--mantine-color-dimmed)" }}>
              {SORTS.find((sort) => sort.value === option.value)?.says}
            </div>
          </div>
        )}
      />
    </Group>
  );
}
