import { Code } from "@mantine/core";
import type { ReactNode } from "react";
import { CopyText } from "../common/CopyText";
import { Section } from "../common/Section";

/** The API makes no tokens, on purpose: a stolen session must not outlive itself. */
export function Tokens(): ReactNode {
  return (
    <Section
      title="API tokens"
      says={
        <>
          For scripts and CI. They are made on the server, shown once, and sent as <Code>Authorization: Bearer</Code>:
        </>
      }
    >
      <CopyText value="seiche token create --data DIR" label="command" />
    </Section>
  );
}
