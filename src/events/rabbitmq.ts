/** RabbitMQ: a durable topic exchange, the type of the event as routing key, publisher confirms. */
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { CONTENT_TYPE, PUBLISH_TIMEOUT_MS, type Broker } from './broker.ts';

const EXCHANGE = 'tessera.events';
const CONNECT_TIMEOUT_MS = 10_000;
const HEARTBEAT_S = 10;

interface Open {
  readonly connection: ChannelModel;
  readonly channel: ConfirmChannel;
}

/** `url`: amqp://user:password@host:5672/vhost, or amqps://. Connects when there is something to publish. */
export function rabbitMq(url: string): Broker {
  let open: Promise<Open> | undefined;

  const close = async (): Promise<void> => {
    const closing = open;
    open = undefined;
    await closing?.then(({ connection }) => connection.close()).catch(() => {});
  };
  const opened = (): Promise<Open> => {
    open ??= connectTo(url, () => (open = undefined)).catch((error: unknown) => {
      open = undefined;
      throw error;
    });
    return open;
  };

  return {
    name: 'rabbitmq',
    async publish(messages) {
      const { channel } = await opened();
      try {
        for (const { id, type, key, body } of messages) {
          channel.publish(EXCHANGE, type, Buffer.from(body), {
            persistent: true,
            messageId: id,
            type,
            contentType: CONTENT_TYPE,
            headers: { key },
          });
        }
        await inTime(channel.waitForConfirms());
      } catch (error) {
        // A channel with messages in doubt is not used again: they are published anew on another one.
        void close();
        throw error;
      }
    },
    close,
  };
}

async function connectTo(url: string, gone: () => void): Promise<Open> {
  const at = new URL(url);
  at.searchParams.set('heartbeat', String(HEARTBEAT_S));
  const connection = await connect(at.href, { timeout: CONNECT_TIMEOUT_MS });
  // Without a listener an error of the connection ends the process; `close` follows each.
  connection.on('error', () => {});
  connection.once('close', gone);
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => {});
  channel.once('close', gone);
  await channel.assertExchange(EXCHANGE, 'topic', { durable: true });
  return { connection, channel };
}

async function inTime(confirmed: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`RabbitMQ has confirmed nothing for ${PUBLISH_TIMEOUT_MS} ms`)),
    PUBLISH_TIMEOUT_MS,
  );
  try {
    await Promise.race([confirmed, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
