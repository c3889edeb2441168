// Events for the tests of this page, each given only what its test is about.
import type { Breadcrumb, ExceptionView, Frame, IssueEvent } from "../types";

export function frame(given: Partial<Frame> = {}): Frame {
  return {
    function: "load",
    module: "shop.cart",
    filename: "shop/cart.py",
    abs_path: "/srv/shop/cart.py",
    lineno: 12,
    colno: null,
    in_app: true,
    context_line: "",
    pre_context: [],
    post_context: [],
    vars: {},
    ...given,
  };
}

export function library(name: string): Frame {
  return frame({ function: name, module: "flask.app", filename: "flask/app.py", in_app: false });
}

export function exception(given: Partial<ExceptionView> = {}): ExceptionView {
  return {
    type: "KeyError",
    value: "'anvil'",
    module: "builtins",
    handled: null,
    mechanism: "",
    mechanism_data: {},
    exception_id: null,
    parent_id: null,
    is_group: false,
    frames: [frame()],
    ...given,
  };
}

export function crumb(given: Partial<Breadcrumb> = {}): Breadcrumb {
  return {
    timestamp: "2026-11-24T10:00:00Z",
    type: "default",
    category: "nav",
    level: "info",
    message: "left the quay",
    data: {},
    ...given,
  };
}

export function event(given: Partial<IssueEvent> = {}): IssueEvent {
  return {
    event_id: "a".repeat(32),
    project: "shop",
    issue_id: "7",
    received_at: "2026-11-24T10:00:01Z",
    occurred_at: "2026-11-24T10:00:00Z",
    platform: "python",
    level: "error",
    logger: "",
    transaction: "",
    server_name: "",
    release: "shop@2.1.0",
    dist: "",
    environment: "production",
    message: "",
    title: "KeyError: 'anvil'",
    culprit: "shop.cart.load",
    exceptions: [exception()],
    thread_frames: [],
    breadcrumbs: [],
    tags: [],
    user: { id: "", email: "", username: "", ip_address: "", data: {} },
    request: {},
    contexts: {},
    extra: {},
    modules: {},
    sdk: "sentry.python 2.0",
    remarks: [],
    older_event_id: null,
    newer_event_id: null,
    navigation_available: true,
    ...given,
  };
}
