/** Kafka: one topic, the appointment as key, so that its events share a partition and stay in order. */
import { Kafka, logLevel, type Producer, type SASLOptions } from 'kafkajs';
import { CONTENT_TYPE, PUBLISH_TIMEOUT_MS, type Broker } from './broker.ts';

const TOPIC = 'tessera.events';
const ALL_REPLICAS = -1;

/** `url`: kafka://host:9092 (kafkas:// for TLS), with user:password@ for SASL/PLAIN, /topic for another topic. */
export function kafka(url: string): Broker {
  const at = new URL(url);
  const client = new Kafka({
    clientId: 'tessera',
    brokers: [`${at.hostname}:${at.port || '9092'}`],
    ssl: at.protocol === 'kafkas:',
    ...(at.username !== '' && { sasl: plain(at) }),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    requestTimeout: PUBLISH_TIMEOUT_MS,
    // The follower tries again, and says so.
    retry: { retries: 2 },
  });
  const topic = at.pathname.slice(1) || TOPIC;
  let connected: Promise<Producer> | undefined;
  const producer = (): Promise<Producer> => {
    connected ??= connectProducer(client).catch((error: unknown) => {
      connected = undefined;
      throw error;
    });
    return connected;
  };

  return {
    name: 'kafka',
    async publish(messages) {
      const open = await producer();
      await open.send({
        topic,
        acks: ALL_REPLICAS,
        timeout: PUBLISH_TIMEOUT_MS,
        messages: messages.map(({ id, type, key, body }) => ({
          key,
          value: body,
          headers: { 'content-type': CONTENT_TYPE, ce_id: id, ce_type: type },
        })),
      });
    },
    async close() {
      const closing = connected;
      connected = undefined;
      await closing?.then((open) => open.disconnect()).catch(() => {});
    },
  };
}

async function connectProducer(client: Kafka): Promise<Producer> {
  // One request at a time: a batch that is sent again must not come after its successor.
  const producer = client.producer({ maxInFlightRequests: 1, allowAutoTopicCreation: true });
  await producer.connect();
  return producer;
}

const plain = ({ username, password }: URL): SASLOptions => ({
  mechanism: 'plain',
  username: decodeURIComponent(username),
  password: decodeURIComponent(password),
});
