// The API's shapes that this page speaks of; all of them are generated from query_api/openapi.json.
import type { components } from "../api/generated/schema";

type Schemas = components["schemas"];

export type Issue = Schemas["IssueDetail"];
export type IssueEvent = Schemas["EventDetail"];
export type EventRow = Schemas["EventRow"];
export type ExceptionView = Schemas["ExceptionView"];
export type Frame = Schemas["FrameView"];
export type Breadcrumb = Schemas["BreadcrumbView"];
export type User = Schemas["UserView"];
export type Fingerprint = Schemas["FingerprintDetail"];
export type TagSummary = Schemas["TagSummary"];
export type ActivityEntry = Schemas["ActivityEntry"];
export type AttachmentView = Schemas["AttachmentView"];
export type Status = Issue["status"];
