/** What the release screens ask for. */
import { queryOptions } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "../api/client";

export type Release = Schemas["ReleaseSummary"];
export type ReleaseDetail = Schemas["ReleaseDetail"];
export type Bundle = Schemas["ArtifactBundleView"];

export const releasesOptions = (slug: string, query: string) =>
  queryOptions({
    queryKey: ["releases", slug, query],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/projects/{slug}/releases", {
          params: { path: { slug }, query: { query, limit: 100 } },
          signal,
        }),
      ),
  });

export const releaseOptions = (slug: string, version: string) =>
  queryOptions({
    queryKey: ["release", slug, version],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/projects/{slug}/releases/{version}", { params: { path: { slug, version } }, signal })),
  });

export const uploadsOptions = (slug: string) =>
  queryOptions({
    queryKey: ["uploads", slug],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/projects/{slug}/artifacts", { params: { path: { slug }, query: { limit: 50 } }, signal }),
      ),
  });

export const missingOptions = (slug: string, query: string) =>
  queryOptions({
    queryKey: ["unresolved-files", slug, query],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/projects/{slug}/unresolved-files", {
          params: { path: { slug }, query: { query, limit: 200 } },
          signal,
        }),
      ),
  });

export const uploadOptions = (slug: string, bundleId: string) =>
  queryOptions({
    queryKey: ["upload", slug, bundleId],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/projects/{slug}/artifacts/{bundle_id}", {
          params: { path: { slug, bundle_id: bundleId } },
          signal,
        }),
      ),
  });
