// An event as the uploads of now would have resolved it; what its issue was decided by stays as it was.
import type { components } from "../../api/generated/schema";
import type { IssueEvent } from "../types";

type Explained = components["schemas"]["EventSymbolication"];

export function hasUnresolved(event: IssueEvent): boolean {
  return event.exceptions.some(({ frames }) => frames.some((frame) => frame.symbolication?.resolved === false));
}

/** How many more frames the newest uploads resolve. */
export function gained(explained: Explained): number {
  return explained.frames.filter(
    ({ recorded, newest }) => newest?.symbolication?.resolved === true && recorded.symbolication?.resolved !== true,
  ).length;
}

export function withNewest(event: IssueEvent, explained: Explained): IssueEvent {
  const newest = new Map(explained.frames.map((one) => [`${one.exception}/${one.frame}`, one.newest]));
  return {
    ...event,
    exceptions: event.exceptions.map((exception, at) => ({
      ...exception,
      frames: exception.frames.map((frame, place) => newest.get(`${at}/${place}`) ?? frame),
    })),
  };
}
