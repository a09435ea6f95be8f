import { AppShell, Box, Burger, Group, Kbd, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useRouterState } from '@tanstack/react-router';
import { spotlight } from '@mantine/spotlight';
import { Search } from 'lucide-react';
import { useEffect } from 'react';
import { useLive } from '../live/live.ts';
import { Condition } from '../kit/state.tsx';
import { CommandPalette } from './command-palette.tsx';
import { Navigation } from './navigation.tsx';
import { Permitted } from './permitted.tsx';
import { PersonMenu } from './person-menu.tsx';
import { useGoKeys } from './use-go-keys.ts';
import { ZoneSwitch } from './zone-switch.tsx';

export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const line = useLive();
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(close, [path, close]);
  useGoKeys();
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
      transitionDuration={0}
    >
      <a className="skip" href="#page">
        Skip to the page
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <img src="/tessera.svg" width={24} height={24} alt="" />
            <Text fw={600} visibleFrom="xs">
              Tessera
            </Text>
            {line && (
              <Box fz="xs" c="dimmed" visibleFrom="xs" role="status">
                <Condition colour={line === 'open' ? 'good' : 'wait'}>
                  {line === 'open' ? 'Live' : 'Connecting'}
                </Condition>
              </Box>
            )}
          </Group>
          <Group gap="xs" wrap="nowrap">
            <UnstyledButton className="search" onClick={spotlight.open}>
              <Search size={14} aria-hidden />
              <VisuallyHidden hiddenFrom="md">Search</VisuallyHidden>
              <Text size="sm" visibleFrom="md">
                Search, or go to …
              </Text>
              <Kbd size="xs" visibleFrom="md">
                Ctrl K
              </Kbd>
            </UnstyledButton>
            <ZoneSwitch />
            <PersonMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1}>
        <Permitted path={path} />
      </AppShell.Main>
      <CommandPalette />
    </AppShell>
  );
}
