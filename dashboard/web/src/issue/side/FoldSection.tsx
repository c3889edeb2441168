// A titled part of the page that folds.
import { Badge, Box, Group, Title, UnstyledButton } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconChevronRight } from "@tabler/icons-react";
import { useId, type ReactNode } from "react";
import classes from "../issue.module.css";

interface Props {
  /** Also where its state is remembered: one choice for all issues. */
  readonly name: string;
  readonly title: string;
  readonly count?: number;
  readonly open?: boolean;
  /** Rendered beside the title while the section is open. */
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}

export function FoldSection({ name, title, count, open = true, tools, children }: Props) {
  const [shown, setShown] = useLocalStorage({
    key: `seiche-issue-section-${name}`,
    defaultValue: open,
    getInitialValueInEffect: false,
  });
  const id = useId();
  return (
    <Box component="section" aria-labelledby={`${id}-title`} className={classes["section"]} data-section={name}>
      <Group justify="space-between" gap="xs" wrap="nowrap" className={classes["sectionHead"]}>
        <Title order={2} size="h5">
          <UnstyledButton
            className={classes["sectionButton"]}
            id={`${id}-title`}
            aria-expanded={shown}
            aria-controls={shown ? id : undefined}
            onClick={() => setShown(!shown)}
          >
            <IconChevronRight size={16} className={classes["chevron"]} data-open={shown || undefined} aria-hidden />
            {title}
            {count !== undefined && (
              <Badge component="span" variant="default" size="sm" ms={8}>
                {count.toLocaleString("en-GB")}
              </Badge>
            )}
          </UnstyledButton>
        </Title>
        {shown && tools}
      </Group>
      {shown && (
        <div id={id} className={classes["sectionBody"]}>
          {children}
        </div>
      )}
    </Box>
  );
}
