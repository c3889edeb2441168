import { Badge, Button, Card, Group, SimpleGrid, Skeleton, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus, IconRipple } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { projectsOptions } from "../api/queries";
import { Empty } from "../common/Empty";
import { ErrorNote } from "../common/ErrorNote";
import { plural } from "../common/numbers";
import { Page } from "../common/Page";
import { NewProject } from "./NewProject";
import classes from "./projects.module.css";

export function ProjectsPage(): ReactNode {
  const projects = useQuery(projectsOptions);
  const [creating, { open, close }] = useDisclosure(false);
  return (
    <Page
      title="Projects"
      actions={
        <Button leftSection={<IconPlus size={16} />} onClick={open}>
          New project
        </Button>
      }
    >
      <NewProject opened={creating} onClose={close} />
      {projects.isError && !projects.data && (
        <ErrorNote what="The projects do not load" error={projects.error} retry={projects.refetch} />
      )}
      {projects.isPending && <Skeleton h={110} />}
      {projects.data?.length === 0 && (
        <Empty icon={IconRipple} title="No project yet">
          A project is one program, or several that belong together. It gives you a DSN: the address that its errors are
          sent to.
        </Empty>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }}>
        {projects.data?.map((project) => (
          <ProjectCard key={project.id} project={project} />
        ))}
      </SimpleGrid>
    </Page>
  );
}

function ProjectCard({ project }: { project: Schemas["ProjectSummary"] }): ReactNode {
  return (
    <Card
      withBorder
      className={classes["card"] ?? ""}
      renderRoot={(props: Record<string, unknown>) => (
        <Link to="/projects/$slug/issues" params={{ slug: project.slug }} {...props} />
      )}
    >
      <Group justify="space-between" wrap="nowrap" mb={4}>
        <Text fw={650} truncate>
          {project.name}
        </Text>
        <Badge variant="default">{project.platform}</Badge>
      </Group>
      <Text size="sm" c="dimmed">
        {project.has_events ? plural(project.unresolved, "unresolved issue") : "Waiting for its first event"}
      </Text>
    </Card>
  );
}
