/** The keys that sign tokens, renewed by hand. */
import type { Command } from 'commander';
import { callApi, findAccess } from './hub-api.ts';
import { addAccess, print, type HubOptions } from './transactions.ts';

export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('the keys of the hub');
  addAccess(
    keys
      .command('rotate-signing')
      .description(
        'a new key that signs tokens: published now, it signs in a quarter of an hour, and nobody notices. The hub does so by itself every 90 days (a token of an admin of the organization that runs the hub)',
      )
      .option('--at-once', 'a key has leaked: the new one signs now, and every token issued so far becomes invalid'),
  ).action(async (options: HubOptions & { readonly atOnce?: boolean }) => {
    const access = await findAccess(options, 'admin');
    const atOnce = options.atOnce ?? false;
    const { kid } = await callApi<{ readonly kid: string }>(access, 'POST', '/v1/signing-keys', { atOnce });
    print(options.json ? JSON.stringify({ kid }) : `the new signing key is ${kid}`);
  });
}
