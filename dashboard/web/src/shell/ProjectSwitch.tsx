import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { projectsOptions } from "../api/queries";

/** Which project: choosing one leads to its issues. */
export function ProjectSwitch({ slug }: { slug: string }): ReactNode {
  const navigate = useNavigate();
  const projects = useQuery(projectsOptions);
  return (
    <Select
      aria-label="Project"
      placeholder={projects.isError ? "Projects do not load" : "Choose a project"}
      data={(projects.data ?? []).map((project) => ({ value: project.slug, label: project.name }))}
      value={slug || null}
      searchable={(projects.data?.length ?? 0) > 8}
      allowDeselect={false}
      nothingFoundMessage="No such project"
      onChange={(chosen) => {
        if (chosen) void navigate({ to: "/projects/$slug/issues", params: { slug: chosen } });
      }}
    />
  );
}
