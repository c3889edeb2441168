import { Button, Modal, Skeleton } from "@mantine/core";
import { IconBellOff, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { meOptions } from "../api/queries";
import { Empty } from "../common/Empty";
import { ErrorNote } from "../common/ErrorNote";
import { Page } from "../common/Page";
import { showDone } from "../common/toasts";
import { useMayManage } from "../common/useMayManage";
import { RuleCard } from "./RuleCard";
import { RuleForm } from "./RuleForm";
import { Secrets } from "./Secrets";
import { useRules, type Rule, type RuleBody } from "./useRules";
import { blankRule, bodyOf } from "./words";

export function RulesPage(): ReactNode {
  const { slug } = useParams({ from: "/app/projects/$slug/rules" });
  const rules = useRules(slug);
  const manages = useMayManage();
  const me = useQuery(meOptions);
  const [editing, setEditing] = useState<{ id: string; body: RuleBody } | null>(null);
  const [saved, setSaved] = useState<Rule | null>(null);
  const add = (
    <Button
      leftSection={<IconPlus size={16} />}
      disabled={!manages}
      onClick={() => setEditing({ id: "", body: blankRule(me.data?.email ?? "") })}
    >
      New rule
    </Button>
  );
  return (
    <Page title="Alert rules" actions={add}>
      {saved && <Secrets rule={saved} onClose={() => setSaved(null)} />}
      <Modal
        opened={editing !== null}
        onClose={() => setEditing(null)}
        title={editing?.id ? "Change the rule" : "New rule"}
        size="lg"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {editing && (
          <RuleForm
            slug={slug}
            id={editing.id}
            initial={editing.body}
            onSaved={(rule) => {
              setEditing(null);
              setSaved(rule);
              showDone(`Rule "${rule.name}" saved`);
            }}
          />
        )}
      </Modal>
      {rules.isPending && <Skeleton h={140} />}
      {rules.isError && <ErrorNote what="The rules do not load" error={rules.error} retry={rules.refetch} />}
      {rules.data?.length === 0 && (
        <Empty icon={IconBellOff} title="No alert rules">
          Nobody is told about new issues. A rule sends mail or calls a webhook within a second; you see on your own
          history what it would have sent before you save it.
        </Empty>
      )}
      {rules.data?.map((rule) => (
        <RuleCard
          key={rule.id}
          slug={slug}
          rule={rule}
          manages={manages}
          onEdit={() => setEditing({ id: rule.id, body: bodyOf(rule) })}
        />
      ))}
    </Page>
  );
}
