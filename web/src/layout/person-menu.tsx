import { Button, Menu, useMantineColorScheme } from '@mantine/core';
import { User } from 'lucide-react';
import { enterAs } from '../session/sandbox-session.ts';
import { presentSession, signOut } from '../session/session.ts';
import { useSession } from '../session/session-context.ts';

export function PersonMenu() {
  const me = useSession();
  const { setColorScheme } = useMantineColorScheme();
  const { name, others = {} } = presentSession() ?? {};
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          leftSection={<User size={14} />}
          px={6}
          className="header-button"
          aria-label={`Signed in as ${me.role}`}
        >
          {me.role}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{name ?? me.clientId}</Menu.Label>
        {Object.entries(others)
          .filter(([role]) => role !== me.role)
          .map(([role, token]) => (
            <Menu.Item key={role} onClick={() => enterAs(token, others)}>
              Enter as {role}
            </Menu.Item>
          ))}
        <Menu.Divider />
        <Menu.Item onClick={() => setColorScheme('light')}>Light</Menu.Item>
        <Menu.Item onClick={() => setColorScheme('dark')}>Dark</Menu.Item>
        <Menu.Item onClick={() => setColorScheme('auto')}>As the system</Menu.Item>
        <Menu.Divider />
        <Menu.Item component="a" href="/docs" target="_blank" rel="noreferrer">
          API documentation
        </Menu.Item>
        <Menu.Item onClick={signOut}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
