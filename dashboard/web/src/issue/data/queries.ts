// What the page asks the API. An event never changes, so nothing that is being read is replaced behind the reader's back.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { IssueEvent } from "../types";

export const LATEST = "latest";
const EVENTS_A_PAGE = 25;

export const eventOptions = (issueId: string, eventId: string) =>
  queryOptions({
    queryKey: ["issue-event", issueId, eventId],
    queryFn: async ({ signal }): Promise<IssueEvent> => {
      const path = { issue_id: issueId, event_id: eventId };
      const found = await unwrap(api.GET("/api/v1/issues/{issue_id}/events/{event_id}", { params: { path }, signal }));
      // The client's types forget that a tag is a pair.
      return { ...found, tags: found.tags.map(([key = "", value = ""]) => [key, value]) };
    },
    // "latest" is asked again when the page is opened, not when its window is looked at.
    staleTime: eventId === LATEST ? Infinity : 60_000,
    refetchOnMount: eventId === LATEST ? "always" : true,
    refetchOnWindowFocus: false,
    placeholderData: keepPreviousData,
  });

/** What the event's frames were resolved with, and what the uploads of now make of them. */
export const symbolicationOptions = (slug: string, eventId: string) =>
  queryOptions({
    queryKey: ["symbolication", slug, eventId],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/projects/{slug}/events/{event_id}/symbolication", {
          params: { path: { slug, event_id: eventId } },
          signal,
        }),
      ),
  });

export const tagsOptions = (issueId: string) =>
  queryOptions({
    queryKey: ["issue-tags", issueId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/issues/{issue_id}/tags", { params: { path: { issue_id: issueId } }, signal })),
  });

export const activityKey = (issueId: string): readonly string[] => ["issue-activity", issueId];

export const activityOptions = (issueId: string) =>
  queryOptions({
    queryKey: activityKey(issueId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/issues/{issue_id}/activity", { params: { path: { issue_id: issueId } }, signal })),
  });

/** They may come after the event: asked again when the event is looked at again. */
export const attachmentsOptions = (slug: string, eventId: string) =>
  queryOptions({
    queryKey: ["event-attachments", slug, eventId],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/projects/{slug}/events/{event_id}/attachments", {
          params: { path: { slug, event_id: eventId } },
          signal,
        }),
      ),
  });

export const feedbackOptions = (issueId: string) =>
  queryOptions({
    queryKey: ["issue-feedback", issueId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/issues/{issue_id}/feedback", { params: { path: { issue_id: issueId } }, signal })),
  });

export const eventsOptions = (issueId: string, query: string) =>
  infiniteQueryOptions({
    queryKey: ["issue-events", issueId, query],
    queryFn: ({ signal, pageParam }) =>
      unwrap(
        api.GET("/api/v1/issues/{issue_id}/events", {
          params: { path: { issue_id: issueId }, query: { query, cursor: pageParam, limit: EVENTS_A_PAGE } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
