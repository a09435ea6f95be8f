/** contracts/asyncapi.yaml from contracts/events.yaml: every way in which the catalogue's events leave the hub. */
import { stringify } from 'yaml';

const HEADER = `# The events of ./events.yaml, and the ways in which they leave the hub. Written by \`npm run docs\`; a test compares.
`;

const nameOf = (type: string): string => type.replaceAll(/[._](\w)/g, (_all, letter: string) => letter.toUpperCase());

export function writeAsyncApi(events: Readonly<Record<string, string>>): string {
  const types = Object.keys(events);
  const every = (path: string): object =>
    Object.fromEntries(types.map((type) => [nameOf(type), { $ref: `${path}/${nameOf(type)}` }]));
  const refs = (channel: string): object[] =>
    types.map((type) => ({ $ref: `#/channels/${channel}/messages/${nameOf(type)}` }));
  const channels = {
    webhook: {
      title: 'Webhooks',
      description:
        'POST to the URL of each webhook that wants the type, signed as Standard Webhooks. In order for each appointment, at least once.',
      address: null,
      messages: every('#/components/messages'),
    },
    stream: {
      title: 'Server-sent events',
      description: 'GET /v1/events, with Last-Event-ID to go on where it was left.',
      address: '/v1/events',
      messages: every('#/components/messages'),
    },
    broker: {
      title: 'RabbitMQ exchange, Kafka topic',
      description: 'RabbitMQ: a durable topic exchange, the type as routing key. Kafka: the appointment as key.',
      address: 'tessera.events',
      messages: every('#/components/messages'),
    },
  };
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Tessera events',
      version: '0.1.0',
      license: { name: 'Apache-2.0' },
      description:
        'What happened, with ids only: read the thing itself by the API. An event may come twice; its id stays the same.',
    },
    defaultContentType: 'application/json',
    channels,
    operations: Object.fromEntries(
      Object.keys(channels).map((channel) => [
        channel,
        { action: 'send', channel: { $ref: `#/channels/${channel}` }, messages: refs(channel) },
      ]),
    ),
    components: {
      messages: Object.fromEntries(
        Object.entries(events).map(([type, summary]) => [
          nameOf(type),
          {
            name: type,
            summary,
            payload: {
              allOf: [
                { $ref: './schemas/event.schema.json' },
                { type: 'object', properties: { type: { const: type } } },
              ],
            },
          },
        ]),
      ),
    },
  };
  return HEADER + stringify(document, { lineWidth: 0 });
}
