import { Autocomplete, CloseButton, Group, Kbd, Text } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState, type FormEvent, type ReactNode, type Ref } from "react";
import { suggestions } from "./queryText";

interface Props {
  /** The query that is shown now. Give the box a `key` of it, so that a changed address changes the text. */
  query: string;
  onSearch: (query: string) => void;
  inputRef: Ref<HTMLInputElement>;
}

/** One text field for words and filters, which completes filters as they are typed. */
export function SearchBox({ query, onSearch, inputRef }: Props): ReactNode {
  const [text, setText] = useState(query);
  const offers = suggestions(text);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSearch(text.trim());
  };
  return (
    <form role="search" onSubmit={submit} style={{ flex: "1 1 260px" }}>
      <Autocomplete
        ref={inputRef}
        aria-label="Search issues"
        placeholder="words, level:error, release:shop@1.5.*, !environment:staging"
        value={text}
        onChange={setText}
        data={offers.map((offer) => offer.query)}
        filter={({ options }) => options}
        renderOption={({ option }) => {
          const offer = offers.find((candidate) => candidate.query === option.value);
          return (
            <Group gap="sm" wrap="nowrap">
              <Text size="sm" ff="monospace">
                {offer?.word}
              </Text>
              <Text size="xs" c="dimmed" truncate>
                {offer?.says}
              </Text>
            </Group>
          );
        }}
        maxLength={1000}
        spellCheck={false}
        autoComplete="off"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={
          text ? (
            <CloseButton
              size="sm"
              aria-label="Clear the search"
              onClick={() => {
                setText("");
                onSearch("");
              }}
            />
          ) : (
            <Kbd size="xs" aria-hidden>
              /
            </Kbd>
          )
        }
        comboboxProps={{ shadow: "md" }}
      />
    </form>
  );
}
