import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { writeAsyncApi } from '../support/write-asyncapi.ts';

interface Ref {
  readonly $ref: string;
}
interface Channel {
  readonly address: string | null;
  readonly messages: Readonly<Record<string, Ref>>;
}
interface AsyncApi {
  readonly asyncapi: string;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, { readonly channel: Ref; readonly messages: readonly Ref[] }>>;
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly name: string; readonly summary: string; readonly payload: object }>
    >;
  };
}

const document = parse(readFileSync('contracts/asyncapi.yaml', 'utf8')) as AsyncApi;
const catalogue = parse(readFileSync('contracts/events.yaml', 'utf8')) as Record<string, string>;

test('asyncapi.yaml is what the catalogue says now: run `npm run docs` after a change of events.yaml', () => {
  expect(document).toEqual(parse(writeAsyncApi(catalogue)));
});

test('it has a message for every event of the catalogue, with its words, and no other', () => {
  const messages = Object.values(document.components.messages);
  expect(Object.fromEntries(messages.map(({ name, summary }) => [name, summary]))).toEqual(catalogue);
  expect(messages).toHaveLength(Object.keys(catalogue).length);
});

test('every way out carries all of them, and every reference leads somewhere', () => {
  const at = (ref: string): unknown =>
    ref
      .slice('#/'.length)
      .split('/')
      .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], document);
  expect(document.asyncapi).toBe('3.0.0');
  for (const { channel, messages } of Object.values(document.operations)) {
    expect(at(channel.$ref)).toBeDefined();
    expect(messages).toHaveLength(Object.keys(catalogue).length);
    for (const { $ref } of messages) {
      const message = at($ref) as Ref | undefined;
      expect(message && at(message.$ref)).toBeDefined();
    }
  }
  expect(Object.values(document.channels).map((each) => each.address)).toEqual([null, '/v1/events', 'tessera.events']);
});
