import { describe, expect, test } from '@jest/globals';
import { isTimeZone, timeZoneName } from '../../../src/domain/index.ts';

describe('a time zone', () => {
  test.each(['Europe/Berlin', 'America/Argentina/Buenos_Aires', 'UTC', 'US/Eastern', 'Asia/Kolkata'])(
    'is known by the name %s',
    (name) => {
      expect([timeZoneName(name), timeZoneName(name)]).toEqual([name, name]);
      expect(isTimeZone(name)).toBe(true);
    },
  );

  test('has the spelling of IANA, whatever the case that it was written in', () => {
    expect([timeZoneName('europe/berlin'), timeZoneName('EUROPE/BERLIN')]).toEqual(['Europe/Berlin', 'Europe/Berlin']);
  });

  test.each(['', '+02:00', '-0500', 'Z', 'GMT+2', 'Europe/Bonn', ' Europe/Berlin', 'Europe/Berlin\0', 'constructor'])(
    'is none: %j',
    (name) => {
      expect([isTimeZone(name), isTimeZone(name)]).toEqual([false, false]);
    },
  );
});
