/** SMART scopes of clinic apps, in the spelling of version 1 (.read, .write, .*) and of version 2 (.cruds). */

// SMART App Launch 2.2, section 3.0.2: the letters keep their order, and none is repeated. Narrowing by a query (?category=…) is
// not offered: refused, because granting it without would grant more than was asked for.
const SCOPE = /^system\/(\*|[A-Z][A-Za-z]{1,63})\.(read|write|\*|(?=[cruds])c?r?u?d?s?)$/;

/** Section 3.0.2.3: what the words of version 1 mean in the letters of version 2. */
const LETTERS: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

export const isSmartScope = (scope: string): boolean => SCOPE.test(scope);

/** Those of a token's `scope` claim, or of a request's parameter: words with blanks between them. */
export const smartScopesIn = (text: string): string[] => text.split(' ').filter(isSmartScope);

interface Grant {
  readonly resource: string;
  readonly letters: string;
}

function grantOf(scope: string): Grant | undefined {
  const [, resource, spelled] = SCOPE.exec(scope) ?? [];
  return resource === undefined || spelled === undefined
    ? undefined
    : { resource, letters: LETTERS[spelled] ?? spelled };
}

/** Whether `scopes` grant `needed`: a resource and one letter, as in contracts/authorization.yaml, e.g. Appointment.c. */
export function scopesGrant(scopes: readonly string[], needed: string): boolean {
  const [resource, letter = ''] = needed.split('.');
  return scopes.some((scope) => {
    const grant = grantOf(scope);
    return (
      grant !== undefined && (grant.resource === '*' || grant.resource === resource) && grant.letters.includes(letter)
    );
  });
}

/**
 * What of `asked` a client may have that is registered for `registered`. A scope is granted whole or not at all, so that the answer
 * says what was asked for.
 */
export const grantedScopes = (asked: readonly string[], registered: readonly string[]): string[] =>
  asked.filter((scope) => {
    const grant = grantOf(scope);
    return grant !== undefined && grant.letters.split('').every((letter) => covers(registered, grant.resource, letter));
  });

/** `*` is covered by `*` alone. */
const covers = (registered: readonly string[], resource: string, letter: string): boolean =>
  registered.some((scope) => {
    const grant = grantOf(scope);
    return (
      grant !== undefined && (grant.resource === '*' || grant.resource === resource) && grant.letters.includes(letter)
    );
  });
