import { describe, expect, test } from '@jest/globals';
import { AdapterError, XmlRefused } from '#adapter-kit';
import adapter from '../../../adapters/xml-his/index.ts';
import { profileNames, readProfile } from '../../../adapters/xml-his/profile.ts';
import { compileTemplate, compileUrlTemplate } from '../../../adapters/xml-his/template.ts';
import { changedProfile } from './profile-of-test.ts';

function messageOf(work: () => unknown): string {
  try {
    work();
    return 'no error';
  } catch (error) {
    if (error instanceof AdapterError) return `${error.kind} ${error.reason}: ${error.message}`;
    throw error;
  }
}
const soap = (from: string | RegExp, to: string): string =>
  messageOf(() => changedProfile('regional-soap', (text) => text.replace(from, to)));

describe('a profile', () => {
  test('of each shipped kind opens a connection that has what the manifest declares', () => {
    expect(profileNames()).toEqual(['practice-rest', 'regional-soap']);
    for (const profile of profileNames()) {
      const connector = adapter.connect({
        config: { profile, endpoint: 'https://his.example/', timeZone: 'Europe/Moscow' },
        secrets: { password: 'p' },
      });
      expect(Object.keys(connector)).toEqual(
        expect.arrayContaining([
          'findSlots',
          'reschedule',
          'listProviders',
          'listLocations',
          'matchPatient',
          'createPatient',
          'check',
        ]),
      );
    }
  });

  test.each([
    [
      'that has a word nobody knows',
      soap('readBack: true', 'readback: true'),
      '/operations/book must NOT have additional properties (readback)',
    ],
    ['that books but has no lookup', soap('\n  lookup:', '\n  lookUpLater:'), 'must have required property'],
    [
      'that books but has no lookup: says why',
      soap('\n  lookup:', '\n  lookUpLater:'),
      'how a booking is found again whose answer was lost',
    ],
    [
      'with a class that nobody knows',
      soap('class: conflict, reason: slot-taken', 'class: busy, reason: slot-taken'),
      '/outcome/codes/39/class must be equal to one of the allowed values',
    ],
    [
      'without an action',
      soap('    action: http://tempuri.org/IHubService/CheckPatient\n', ''),
      '/operations/matchPatient lacks "action"',
    ],
    [
      'that asks in a circle',
      soap('each: locations', 'each: providers'),
      '/operations/specialties/each must name another operation',
    ],
    [
      'that asks for rows of nothing',
      soap('each: locations', 'each: districts'),
      '/operations/specialties/each must name another operation',
    ],
    [
      'whose request is not well-formed',
      soap('<tem:idLpu>{{locations.externalId}}</tem:idLpu>', '<tem:idLpu>'),
      '/operations/specialties/request expected well-formed XML',
    ],
    [
      'whose request has a prefix that nothing declares',
      soap('<tem:doctorsReferral/>', '<typo:doctorsReferral/>'),
      '/operations/book/request expected a declaration of every namespace prefix',
    ],
    [
      'whose request has a value in a name',
      soap('<tem:doctorsReferral/>', '<tem:{{slot.externalId}}/>'),
      '/operations/book/request a value stands inside a tag',
    ],
    [
      'whose request has braces that say nothing',
      soap('{{slot.externalId}}', '{{slot external}}'),
      '/operations/book/request expected {{name}}',
    ],
    ['that is called otherwise than its file', soap('profile: regional-soap', 'profile: other'), '/profile is "other"'],
    [
      'that is no YAML',
      messageOf(() => readProfile('profiles/x.yaml', 'profile: [')),
      'profiles/x.yaml cannot be used',
    ],
    [
      'with aliases that grow',
      messageOf(() => readProfile('profiles/x.yaml', 'a: &a [1]\nb: [*a, *a]')),
      'profiles/x.yaml cannot be used',
    ],
  ])('%s is refused, with its file and the place', (_, message, expected) => {
    expect(message).toMatch(/^misconfigured profile-invalid: profiles\//);
    expect(message).toContain(expected);
  });

  test.each(['nobody', '../profiles/regional-soap', '', '__proto__'])(
    'that is not shipped (%j) is refused with the names of those that are',
    (profile) => {
      const opened = messageOf(() =>
        adapter.connect({
          config: { profile, endpoint: 'https://his.example/', timeZone: 'UTC' },
          secrets: { password: 'p' },
        }),
      );
      expect(opened).toMatch(/^misconfigured (profile-unknown|setting-missing): /);
    },
  );

  test.each(['profile', 'endpoint', 'timeZone', 'password'])('a connection without %s says so', (name) => {
    const config = { profile: 'regional-soap', endpoint: 'https://his.example/', timeZone: 'UTC', [name]: '' };
    expect(messageOf(() => adapter.connect({ config, secrets: { password: name === 'password' ? '' : 'p' } }))).toBe(
      `misconfigured setting-missing: the setting "${name}" must be a text that is not empty`,
    );
  });
});

describe('a template', () => {
  const render = (text: string, values: Record<string, unknown>): string => compileTemplate(text).render(values);

  test('escapes by where a value stands', () => {
    expect(render(`<a b="{{x}}" c='{{x}}'>{{x}}</a>`, { x: `<&>"'` })).toBe(
      `<a b="&lt;&amp;&gt;&quot;&apos;" c='&lt;&amp;&gt;&quot;&apos;'>&lt;&amp;&gt;"'</a>`,
    );
  });

  test('reads members by path, numbers and booleans as text', () => {
    expect(render('<a>{{x.y}}{{ n }}{{b}}</a>', { x: { y: 'z' }, n: 7, b: true })).toBe('<a>z7true</a>');
  });

  test('leaves an optional value empty, and lower-cases where it is told to', () => {
    expect(render('<a>{{x?}}|{{y?}}</a>', { y: null })).toBe('<a>|</a>');
    expect(render('<a>{{x|lower}}</a>', { x: '08:00AM' })).toBe('<a>08:00am</a>');
  });

  test('knows no members that a value inherits', () => {
    expect(() => render('<a>{{x.constructor}}</a>', { x: {} })).toThrow(AdapterError);
    expect(() => render('<a>{{toString}}</a>', {})).toThrow(AdapterError);
  });

  test('names the value that is missing, or is no text', () => {
    expect(messageOf(() => render('<a>{{site.idLpu}}</a>', { site: {} }))).toContain('{{site.idLpu}}');
    expect(messageOf(() => render('<a>{{site}}</a>', { site: {} }))).toContain('must be a text');
  });

  test('refuses a value that XML cannot carry', () => {
    expect(() => render('<a>{{x}}</a>', { x: '\u0000' })).toThrow(XmlRefused);
  });

  test.each(['<a {{x}}="1"/>', '<{{x}}/>', '<a b={{x}}/>', '<!-- {{x}} --><a/>', '<a><![CDATA[{{x}}]]></a>'])(
    'has no value in %s',
    (text) => {
      expect(() => compileTemplate(text)).toThrow(/a value stands/);
    },
  );

  test('of a URL encodes what means something there', () => {
    expect(compileUrlTemplate('slots?doctor={{x}}').render({ x: 'a b&c=/../' })).toBe(
      'slots?doctor=a%20b%26c%3D%2F..%2F',
    );
  });
});
