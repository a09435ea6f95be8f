import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { beginSession } from './session.ts';

/** For now a token is the way in: of sandbox.json, or of the identity provider of this hub. */
export function SignInPage({ refusal }: { readonly refusal: string | undefined }) {
  const [token, setToken] = useState('');
  const enter = (event: SubmitEvent): void => {
    event.preventDefault();
    if (token.trim() !== '') beginSession({ token: token.trim(), others: {} });
  };
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder p="xl" w={420} maw="100%">
        <form onSubmit={enter}>
          <Stack>
            <img src="/tessera.svg" width={40} height={40} alt="" />
            <Title order={1}>Tessera console</Title>
            {refusal !== undefined && (
              <Alert color="orange" title="Not signed in">
                {refusal}
              </Alert>
            )}
            <Text size="sm" c="dimmed">
              In the sandbox, open the link that <span className="mono">npm start</span> has printed: it signs you in.
              Or paste an access token here, one of <span className="mono">.tessera/sandbox.json</span> for example.
            </Text>
            <PasswordInput
              label="Access token"
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              autoComplete="off"
              data-autofocus
            />
            <Button type="submit" size="sm" disabled={token.trim() === ''}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
