import { AppShell, Burger, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, type ReactNode } from "react";
import { Logo } from "./Logo";
import { Navigation } from "./Navigation";
import { OfflineNote } from "./OfflineNote";
import classes from "./shell.module.css";

/** What stays while screens change: navigation at the side, on a phone behind a button. */
export function AppFrame(): ReactNode {
  const [opened, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  useEffect(close, [close, pathname]);
  return (
    <AppShell
      header={{ height: { base: 52, sm: 0 } }}
      navbar={{ width: 216, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding={{ base: "sm", sm: "lg" }}
    >
      <a href="#main" className={classes["skip"]}>
        Skip to content
      </a>
      <AppShell.Header hiddenFrom="sm" className={classes["header"] ?? ""}>
        <Group h="100%" px="sm" gap="sm">
          <Burger opened={opened} onClick={toggle} size="sm" aria-label={opened ? "Close menu" : "Open menu"} />
          <Logo />
          <Text fw={650}>Seiche</Text>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes["navbar"] ?? ""} aria-label="Main">
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes["main"] ?? ""}>
        <OfflineNote />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}
