import { Outlet, useParams } from "@tanstack/react-router";
import { useEffect, type ReactNode } from "react";
import { rememberProject } from "../common/lastProject";
import { useProject } from "./useProject";
import { ErrorNote } from "../common/ErrorNote";
import { Loading } from "./fallbacks";

/** Around every screen of one project: it exists, and it is the one to come back to. */
export function ProjectFrame(): ReactNode {
  const { slug } = useParams({ from: "/app/projects/$slug" });
  const project = useProject(slug);
  const exists = project.data !== undefined;
  const gone = project.isError;
  useEffect(() => {
    if (exists) rememberProject(slug);
    else if (gone) rememberProject("");
  }, [exists, gone, slug]);
  if (project.isError && !project.data) {
    return <ErrorNote what={`Project ${slug} cannot be shown`} error={project.error} retry={project.refetch} />;
  }
  return project.data ? <Outlet /> : <Loading />;
}
