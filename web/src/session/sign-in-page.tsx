import { Alert, Button, Center, Paper, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { goToSignIn } from './sign-in.ts';

/** The way to the identity provider. Nothing is typed here. */
export function SignInPage({ refusal }: { readonly refusal: string | undefined }) {
  const [problem, setProblem] = useState<string>();
  const [isLeaving, setLeaving] = useState(false);
  const said = problem ?? refusal;
  const signIn = (): void => {
    setLeaving(true);
    void goToSignIn({ silently: false })
      .then(setProblem)
      .finally(() => setLeaving(false));
  };
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder p="xl" w={420} maw="100%">
        <Stack>
          <img src="/tessera.svg" width={40} height={40} alt="" />
          <Title order={1}>Tessera console</Title>
          {said !== undefined && (
            <Alert color="orange" title="Not signed in">
              {said}
            </Alert>
          )}
          <Button size="sm" onClick={signIn} loading={isLeaving} data-autofocus>
            Sign in
          </Button>
          <Text size="sm" c="dimmed">
            In the sandbox, open the link that <span className="mono">npm start</span> has printed: it signs you in. Or
            sign in as somebody of <span className="mono">.tessera/sandbox.json</span>.
          </Text>
        </Stack>
      </Paper>
    </Center>
  );
}
