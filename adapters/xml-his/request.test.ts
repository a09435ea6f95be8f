import { describe, expect, test } from '@jest/globals';
import type { VendorRequest } from '#adapter-kit/simulator';
import { soapCall } from './simulator/request.ts';

const URN = 'http://schemas.xmlsoap.org/soap/envelope/';
const asked = (body: string) => soapCall({ body } as VendorRequest);
const named = (name: string): string =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="${URN}"><s:Body>\n<?p x?><Set xmlns="urn:m"><pat><Name>${name}</Name></pat></Set></s:Body></s:Envelope>`;

describe('a simulated hospital', () => {
  test.each([
    ['R&amp;D &lt;x&gt;', 'R&D <x>'],
    ['a&#13;&#x43;', 'a\rC'],
    ['<![CDATA[R&amp;D]]>', 'R&amp;D'],
    ['&amp;#13;', '&#13;'],
    [' 007 ', ' 007 '],
  ])('reads %s', (written, read) => {
    const call = asked(named(written));
    expect(call?.method).toBe('Set');
    expect(call?.text('pat/Name')).toBe(read);
  });

  test.each(['R & D', 'a < b', '</Name><Name', '&nbsp;', '\u0001', '<!-- -- -->'])(
    'takes no XML with %s',
    (written) => {
      expect(asked(named(written))).toBeUndefined();
    },
  );

  test('takes none with a DOCTYPE, and none that is cut off', () => {
    expect(asked(`<!DOCTYPE r [<!ENTITY x "y">]>${named('a').replace('<?xml version="1.0"?>', '')}`)).toBeUndefined();
    expect(asked(named('a').slice(0, -5))).toBeUndefined();
    expect(asked(named('a').replace(' xmlns:s="', ' xmlns:t="'))).toBeUndefined();
  });
});
