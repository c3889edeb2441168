import { Center, Container, Loader } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import { Link, useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Empty } from "../common/Empty";
import { ErrorNote } from "../common/ErrorNote";

export function Loading(): ReactNode {
  return (
    <Center h={240}>
      <Loader aria-label="Loading" />
    </Center>
  );
}

/** What a screen shows that could not be drawn at all. */
export function RouteError({ error, reset }: ErrorComponentProps): ReactNode {
  const router = useRouter();
  const again = async (): Promise<void> => {
    reset();
    await router.invalidate();
  };
  return (
    <Container size="sm" py="xl">
      <ErrorNote
        what="This page cannot be shown"
        error={error instanceof Error ? error : new Error(String(error))}
        retry={again}
      />
    </Container>
  );
}

export function NotFound(): ReactNode {
  return (
    <Empty icon={IconMapOff} title="There is no such page">
      The address may be mistyped, or what it named was removed. <Link to="/">Go to the issues</Link>.
    </Empty>
  );
}
