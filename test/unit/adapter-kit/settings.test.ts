import { expect, test } from '@jest/globals';
import { neededText, optionalText, settingMissing } from '#adapter-kit';

const settings = { host: 'his.example', empty: '', port: 8080, list: ['his.example'], none: null };

test('a text is read as it is', () => {
  expect([neededText(settings, 'host'), optionalText(settings, 'host')]).toEqual(['his.example', 'his.example']);
});

test.each(['absent', 'empty', 'port', 'list', 'none'])(
  'what is no text, or an empty one, is missing, by its name and without its value: %s',
  (name) => {
    expect(optionalText(settings, name)).toBeUndefined();
    expect(() => neededText(settings, name)).toThrow(
      expect.objectContaining({
        kind: 'misconfigured',
        reason: 'setting-missing',
        message: `the setting "${name}" must be a text that is not empty`,
      }),
    );
  },
);

test('an adapter words what else it expects', () => {
  expect(settingMissing('endpoint', 'must be a URL').message).toBe('the setting "endpoint" must be a URL');
});
