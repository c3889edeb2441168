import { Box, Button, Center, Code, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useSearch } from "@tanstack/react-router";
import { useState, type FormEvent, type ReactNode } from "react";
import { ErrorNote } from "../common/ErrorNote";
import { Logo } from "../shell/Logo";
import { useSignIn } from "./useSignIn";

export function SignInPage(): ReactNode {
  useDocumentTitle("Sign in - Seiche");
  const { next } = useSearch({ from: "/sign-in" });
  const signIn = useSignIn(next ?? "/");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    signIn.mutate({ email, password });
  };
  return (
    <Center component="main" mih="100dvh" p="md">
      <Box w="100%" maw={380}>
        <Group justify="center" mb="lg">
          <Logo size={36} />
          <Title order={1} fz={28}>
            Seiche
          </Title>
        </Group>
        <Paper withBorder p="lg" radius="lg" bg="var(--seiche-surface)">
          <form onSubmit={submit}>
            <Stack>
              <TextInput
                label="Email"
                type="email"
                autoComplete="username"
                required
                value={email}
                onChange={(event) => setEmail(event.currentTarget.value)}
                data-autofocus
              />
              <PasswordInput
                label="Password"
                autoComplete="current-password"
                required
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
              />
              {signIn.isError && <ErrorNote what="You are not signed in" error={signIn.error} />}
              <Button type="submit" loading={signIn.isPending}>
                Sign in
              </Button>
            </Stack>
          </form>
        </Paper>
        <Text size="sm" c="dimmed" ta="center" mt="md">
          <Code>seiche up</Code> prints the first account when it starts.
        </Text>
      </Box>
    </Center>
  );
}
