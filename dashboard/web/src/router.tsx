/** Every address of the dashboard. Screens load when they are first visited. */
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { ApiError } from "./api/client";
import { meOptions } from "./api/queries";
import { readWithin } from "./issue/pure/within";
import { readIssueSearch } from "./issues/search";
import { readTab } from "./settings/tabs";
import { lastProject } from "./common/lastProject";
import { AppFrame } from "./shell/AppFrame";
import { Loading, NotFound, RouteError } from "./shell/fallbacks";

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()();

/** Where to go after signing in: only ever an address of this server. */
export const safeNext = (value: unknown): string =>
  typeof value === "string" && /^\/(?![/\\])/.test(value) ? value : "/";

const signIn = createRoute({
  getParentRoute: () => root,
  path: "sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    search["next"] === undefined ? {} : { next: safeNext(search["next"]) },
  component: lazyRouteComponent(() => import("./signin/SignInPage"), "SignInPage"),
});

const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.query({ ...meOptions, staleTime: "static" });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- how the router is told to go elsewhere
      throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { next: location.href } });
    }
  },
  component: AppFrame,
});

const home = createRoute({
  getParentRoute: () => app,
  path: "/",
  beforeLoad: () => {
    const slug = lastProject();
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- how the router is told to go elsewhere
    throw slug ? redirect({ to: "/projects/$slug/issues", params: { slug } }) : redirect({ to: "/projects" });
  },
});

const projects = createRoute({
  getParentRoute: () => app,
  path: "projects",
  component: lazyRouteComponent(() => import("./projects/ProjectsPage"), "ProjectsPage"),
});

const project = createRoute({
  getParentRoute: () => app,
  path: "projects/$slug",
  component: lazyRouteComponent(() => import("./shell/ProjectFrame"), "ProjectFrame"),
});

const projectHome = createRoute({
  getParentRoute: () => project,
  path: "/",
  beforeLoad: ({ params }) => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- how the router is told to go elsewhere
    throw redirect({ to: "/projects/$slug/issues", params });
  },
});

const issues = createRoute({
  getParentRoute: () => project,
  path: "issues",
  validateSearch: readIssueSearch,
  component: lazyRouteComponent(() => import("./issues/IssuesPage"), "IssuesPage"),
});

const settings = createRoute({
  getParentRoute: () => project,
  path: "settings",
  validateSearch: readTab,
  component: lazyRouteComponent(() => import("./settings/SettingsPage"), "SettingsPage"),
});

const rules = createRoute({
  getParentRoute: () => project,
  path: "rules",
  component: lazyRouteComponent(() => import("./rules/RulesPage"), "RulesPage"),
});

const stats = createRoute({
  getParentRoute: () => project,
  path: "stats",
  component: lazyRouteComponent(() => import("./stats/StatsPage"), "StatsPage"),
});

const health = createRoute({
  getParentRoute: () => project,
  path: "health",
  component: lazyRouteComponent(() => import("./health/HealthPage"), "HealthPage"),
});

const releases = createRoute({
  getParentRoute: () => project,
  path: "releases",
  component: lazyRouteComponent(() => import("./releases/ReleasesPage"), "ReleasesPage"),
});

const release = createRoute({
  getParentRoute: () => project,
  path: "releases/$version",
  component: lazyRouteComponent(() => import("./releases/ReleasePage"), "ReleasePage"),
});

const sourceMaps = createRoute({
  getParentRoute: () => project,
  path: "source-maps",
  component: lazyRouteComponent(() => import("./releases/MissingPage"), "MissingPage"),
});

const feedback = createRoute({
  getParentRoute: () => project,
  path: "feedback",
  component: lazyRouteComponent(() => import("./feedback/FeedbackPage"), "FeedbackPage"),
});

const issue = createRoute({
  getParentRoute: () => app,
  path: "issues/$issueId",
  validateSearch: readWithin,
  component: lazyRouteComponent(() => import("./shell/IssueRoute"), "IssueRoute"),
});

const issueEvent = createRoute({
  getParentRoute: () => app,
  path: "issues/$issueId/events/$eventId",
  validateSearch: readWithin,
  component: lazyRouteComponent(() => import("./shell/IssueRoute"), "IssueRoute"),
});

const teams = createRoute({
  getParentRoute: () => app,
  path: "teams",
  component: lazyRouteComponent(() => import("./teams/TeamsPage"), "TeamsPage"),
});

const status = createRoute({
  getParentRoute: () => app,
  path: "status",
  component: lazyRouteComponent(() => import("./status/StatusPage"), "StatusPage"),
});

const tree = root.addChildren([
  signIn,
  app.addChildren([
    home,
    projects,
    project.addChildren([projectHome, issues, releases, release, sourceMaps, settings, rules, stats, health, feedback]),
    issue,
    issueEvent,
    teams,
    status,
  ]),
]);

export const createAppRouter = (queryClient: QueryClient) =>
  createRouter({
    routeTree: tree,
    context: { queryClient },
    defaultPreload: "intent",
    defaultPendingComponent: Loading,
    defaultErrorComponent: RouteError,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
  });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
