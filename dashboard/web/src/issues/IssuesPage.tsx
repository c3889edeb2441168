import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Page } from "../common/Page";
import { useProject } from "../shell/useProject";
import { IssueList } from "./IssueList";
import { DEFAULT_QUERY, type IssueSearch } from "./search";
import { WaitingForFirst } from "./WaitingForFirst";

/** The issues of a project; before its first event, how to send it one. */
export function IssuesPage(): ReactNode {
  const { slug } = useParams({ from: "/app/projects/$slug/issues" });
  const search = useSearch({ from: "/app/projects/$slug/issues" });
  const navigate = useNavigate();
  const project = useProject(slug);
  const asked = { query: search.query ?? DEFAULT_QUERY, sort: search.sort ?? "last_seen" };
  if (project.data?.has_events === false) return <WaitingForFirst key={slug} project={project.data} />;
  const change = (next: IssueSearch): void => {
    void navigate({ to: "/projects/$slug/issues", params: { slug }, search: { ...asked, ...next } });
  };
  return (
    <Page title="Issues" wide>
      <IssueList key={slug} slug={slug} asked={asked} onChange={change} />
    </Page>
  );
}
