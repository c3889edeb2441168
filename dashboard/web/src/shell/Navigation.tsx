import { AppShell, Box, Group, NavLink, ScrollArea, Text } from "@mantine/core";
import {
  IconAlertCircle,
  IconBell,
  IconChartBar,
  IconFolders,
  IconHeartRateMonitor,
  IconHeartbeat,
  IconMessage,
  IconPackage,
  IconSettings,
  IconUsers,
  type Icon,
} from "@tabler/icons-react";
import { Link, useLocation, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Account } from "./Account";
import { Logo } from "./Logo";
import { ProjectSwitch } from "./ProjectSwitch";
import classes from "./shell.module.css";
import { useCurrentProject } from "./useCurrentProject";

const PROJECT_SCREENS = [
  { to: "/projects/$slug/issues", label: "Issues", icon: IconAlertCircle },
  { to: "/projects/$slug/releases", label: "Releases", icon: IconPackage },
  { to: "/projects/$slug/feedback", label: "Feedback", icon: IconMessage },
  { to: "/projects/$slug/rules", label: "Alert rules", icon: IconBell },
  { to: "/projects/$slug/health", label: "Release health", icon: IconHeartRateMonitor },
  { to: "/projects/$slug/stats", label: "Stats", icon: IconChartBar },
  { to: "/projects/$slug/settings", label: "Settings", icon: IconSettings },
] as const;

export function Navigation(): ReactNode {
  const slug = useCurrentProject();
  const { pathname } = useLocation();
  return (
    <>
      <AppShell.Section p="md" pb="xs" visibleFrom="sm">
        <Group gap="sm">
          <Logo />
          <Text fw={700} fz="lg">
            Seiche
          </Text>
        </Group>
      </AppShell.Section>
      <AppShell.Section px="sm" py="xs">
        <ProjectSwitch slug={slug} />
      </AppShell.Section>
      <AppShell.Section grow component={ScrollArea} px="sm">
        {slug &&
          PROJECT_SCREENS.map(({ to, label, icon }) => (
            <Item
              key={to}
              link={{ to, params: { slug } }}
              label={label}
              icon={icon}
              active={
                pathname.startsWith(to.replace("$slug", slug)) ||
                (label === "Releases" && pathname.endsWith("/source-maps")) ||
                (label === "Issues" && pathname.startsWith("/issues/"))
              }
            />
          ))}
        <Box h="sm" />
        <Item link={{ to: "/projects" }} label="All projects" icon={IconFolders} active={pathname === "/projects"} />
        <Item link={{ to: "/teams" }} label="Teams" icon={IconUsers} active={pathname === "/teams"} />
        <Item link={{ to: "/status" }} label="Status" icon={IconHeartbeat} active={pathname === "/status"} />
      </AppShell.Section>
      <AppShell.Section className={classes["account"] ?? ""} p="sm">
        <Account />
      </AppShell.Section>
    </>
  );
}

function Item({
  link,
  label,
  icon: Symbol,
  active,
}: {
  link: LinkProps;
  label: string;
  icon: Icon;
  active: boolean;
}): ReactNode {
  return (
    <NavLink
      renderRoot={(props: Record<string, unknown>) => <Link activeOptions={{ exact: true }} {...link} {...props} />}
      label={label}
      active={active}
      aria-current={active ? "page" : undefined}
      leftSection={<Symbol size={18} stroke={1.7} aria-hidden />}
      className={classes["link"] ?? ""}
    />
  );
}
