// What users said about the issue's events.
import { useQuery } from "@tanstack/react-query";
import { ErrorNote } from "../../common/ErrorNote";
import { Said } from "../../feedback/Said";
import { feedbackOptions } from "../data/queries";
import { FoldSection } from "./FoldSection";

export function Feedback({ issueId }: { readonly issueId: string }) {
  const said = useQuery(feedbackOptions(issueId));
  if (said.isError) {
    return <ErrorNote what="What users said is not shown" error={said.error} retry={() => void said.refetch()} />;
  }
  if (!said.data?.length) return null;
  return (
    <FoldSection name="feedback" title="What users said" count={said.data.length}>
      <ul aria-label="Feedback" style={{ listStyle: "none", margin: 0, padding: 0 }}>
        {said.data.map((entry) => (
          <Said key={entry.id} entry={entry} linkTo="event" />
        ))}
      </ul>
    </FoldSection>
  );
}
