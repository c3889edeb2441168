import { Badge, Code, List, Skeleton, Stack, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Ago } from "../common/Ago";
import { ErrorNote } from "../common/ErrorNote";
import { plural } from "../common/numbers";
import { uploadOptions, type Bundle } from "./queries";
import { size } from "./words";

/** Uploads, each of which opens to its files. */
export function Uploads({ slug, bundles }: { slug: string; bundles: readonly Bundle[] }): ReactNode {
  return (
    <Stack gap="xs">
      {bundles.map((bundle) => (
        <Upload key={bundle.id} slug={slug} bundle={bundle} />
      ))}
    </Stack>
  );
}

function Upload({ slug, bundle }: { slug: string; bundle: Bundle }): ReactNode {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <UnstyledButton aria-expanded={open} onClick={() => setOpen(!open)}>
        <Text size="sm" component="span">
          <Badge variant="default" size="sm" tt="none" mr={8}>
            {bundle.kind === "proguard" ? "ProGuard mapping" : "source maps"}
          </Badge>
          {plural(bundle.files, "file")}, {size(bundle.size)}
          {bundle.release && `, release ${bundle.release}`}
          {bundle.dist && `, dist ${bundle.dist}`}, <Ago at={bundle.created_at} />
        </Text>
      </UnstyledButton>
      {open && <Files slug={slug} bundle={bundle} />}
    </div>
  );
}

function Files({ slug, bundle }: { slug: string; bundle: Bundle }): ReactNode {
  const found = useQuery(uploadOptions(slug, bundle.id));
  if (found.isError) return <ErrorNote what="The files do not load" error={found.error} retry={found.refetch} />;
  if (!found.data) return <Skeleton h={40} />;
  return (
    <List size="sm" mt={4} withPadding>
      {found.data.file_list.map((file, index) => (
        <List.Item key={index}>
          <Code>{file.url}</Code> {size(file.size)}
          {file.debug_id && (
            <>
              , debug id <Code>{file.debug_id}</Code>
            </>
          )}
          {file.source_map && file.source_map !== "data:" && `, names ${file.source_map}`}
          {file.source_map === "data:" && ", carries its map"}
        </List.Item>
      ))}
    </List>
  );
}
