/** Documents that are made to harm their reader. Shapes after CWE-611, CWE-776 and the advisories of 2026 in README.md. */
export const ATTACKS = [
  'xxe',
  'billion-laughs',
  'quadratic',
  'references',
  'deep',
  'attributes',
  'elements',
  'proto',
] as const;

const declared = (subset: string, body: string): string =>
  `<?xml version="1.0"?><!DOCTYPE r [${subset}]><r>${body}</r>`;

export function attack(form: string): string {
  switch (form) {
    case 'xxe':
      return declared('<!ENTITY x SYSTEM "file:///etc/passwd">', '&x;');
    case 'billion-laughs':
      return declared(
        Array.from({ length: 9 }, (_, level) => `<!ENTITY e${level + 1} "${`&e${level};`.repeat(10)}">`).join('') +
          '<!ENTITY e0 "ha">',
        '&e9;',
      );
    case 'quadratic':
      return declared(`<!ENTITY big "${'a'.repeat(100_000)}">`, '&big;'.repeat(10_000));
    case 'references':
      return `<r>${'&#65;'.repeat(900_000)}</r>`;
    case 'deep':
      return '<a>'.repeat(100_000) + '</a>'.repeat(100_000);
    case 'attributes':
      return `<r ${Array.from({ length: 100_000 }, (_, nth) => `a${nth}=""`).join(' ')}/>`;
    case 'elements':
      return `<r>${'<a/>'.repeat(1_000_000)}</r>`;
    default:
      return '<r><__proto__><isAdmin>true</isAdmin></__proto__><constructor><prototype><x>1</x></prototype></constructor></r>';
  }
}
