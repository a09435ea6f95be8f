/**
 * The hub without what protects it, to see what that costs: no token is checked, nothing is encrypted, and Postgres keeps no
 * organizations apart. Of all else nothing is left out. There is no switch for any of it in the program; these are other texts for
 * its sources, for a bench alone.
 */
import type { Edit } from '../../support/plant-edits.ts';

export const UNPROTECTED: readonly Edit[] = [
  // Whoever called first is whoever calls: no signature, no hash, no cache is looked at.
  {
    file: 'src/identity/authenticate.ts',
    find: '  const verified = new VerifiedTokens();\n',
    replace: '  const verified = new VerifiedTokens();\n  let constant: Caller | undefined;\n',
  },
  {
    file: 'src/identity/authenticate.ts',
    find: '    const token = tokenOf(authorization);\n',
    replace: '    if (constant) return constant;\n    const token = tokenOf(authorization);\n',
  },
  {
    file: 'src/identity/authenticate.ts',
    find: '    verified.add(key, caller, expiresAt);\n',
    replace: '    constant = caller;\n',
  },
  // What is sealed is the text itself.
  {
    file: 'src/ledger/seal.ts',
    find: '      const nonce = nextNonce();\n',
    replace: '      if (VERSION === 1) return Buffer.from(text);\n      const nonce = nextNonce();\n',
  },
  {
    file: 'src/ledger/seal.ts',
    find: '      if (sealed[0] !== VERSION)\n',
    replace: "      if (VERSION === 1) return sealed.toString('utf8');\n      if (sealed[0] !== VERSION)\n",
  },
  // As the owner of the tables, whom no policy binds, and without telling Postgres for whom.
  {
    file: 'src/composition/store.ts',
    find: 'await openRoles(databaseUrl, hubKey)',
    replace: '{ app: databaseUrl, hub: databaseUrl }',
  },
  {
    file: 'src/db/organizations.ts',
    find: 'await queryAs<Row>(client, organizationId, statement(text, values))',
    replace: 'await client.query<Row>(statement(text, values))',
  },
  {
    file: 'src/db/organizations.ts',
    find: "const begin = `${BEGIN}; set local tessera.organization = '${organizationId}'`;",
    replace: 'const begin = BEGIN;',
  },
];
