/** The bridge to brokers, on real ones: in order, at least once, also when the broker is away for a while. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from 'amqplib';
import { Kafka, logLevel } from 'kafkajs';
import { loadContracts } from '../../src/contracts.ts';
import type { Log } from '../../src/domain/index.ts';
import { brokerFollower } from '../../src/events/broker.ts';
import { follow, openCursor, startFollowing } from '../../src/events/follower.ts';
import { kafka } from '../../src/events/kafka.ts';
import { placeEvents } from '../../src/events/order.ts';
import { rabbitMq } from '../../src/events/rabbitmq.ts';
import { appendEvents } from '../../src/ledger/event.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startKafka, type TestKafka } from '../support/kafka.ts';
import { until } from '../support/queues.ts';
import { startRabbitMq, type TestRabbitMq } from '../support/rabbitmq.ts';

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const fits = loadContracts('contracts').validator('event');

let database: TestDatabase;
let clinic: Clinic;
let rabbit: TestRabbitMq | undefined;
let mock: TestKafka | undefined;
const appointments = Array.from({ length: 5 }, () => randomUUID());

beforeAll(async () => {
  database = await createTestDatabase();
  clinic = await createClinic(database.db);
  rabbit = await startRabbitMq();
  mock = await startKafka();
}, 180_000);
afterAll(async () => {
  await Promise.all([rabbit?.stop(), mock?.stop()]);
  await database.drop();
}, 30_000);

async function happen(from: number, count: number): Promise<void> {
  for (let number = from; number < from + count; number += 1) {
    const appointmentId = appointments[number % appointments.length] ?? null;
    await database.db.transaction((tx) =>
      appendEvents(tx, [
        { organizationId: clinic.organizationId, type: 'appointment.booked', appointmentId, data: { number } },
      ]),
    );
  }
  while ((await placeEvents(database.db)) > 0);
}

interface Carried {
  readonly data: { readonly number: number; readonly appointmentId: string };
}
const numbersOf = (bodies: readonly string[]): number[] =>
  bodies.map((each) => {
    const event = JSON.parse(each) as Carried;
    expect([fits(event), fits.errors]).toEqual([true, null]);
    return event.data.number;
  });
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('RabbitMQ', () => {
  test('gets every event in order, by its type; what happened while it was dead comes when it is back', async () => {
    if (!rabbit) return;
    const { db } = database;
    const broker = rabbitMq(rabbit.url);
    const follower = brokerFollower(broker);
    await openCursor(db, follower.name);
    const listen = async (bodies: string[], url: string) => {
      const connection = await connect(url);
      connection.on('error', () => {});
      const channel = await connection.createChannel();
      channel.on('error', () => {});
      await channel.assertExchange('tessera.events', 'topic', { durable: true });
      await channel.assertQueue('listener', { durable: true });
      await channel.bindQueue('listener', 'tessera.events', 'appointment.*');
      await channel.consume('listener', (message) => {
        if (!message) return;
        expect(message.properties).toMatchObject({ type: 'appointment.booked', deliveryMode: 2 });
        expect(message.fields.routingKey).toBe('appointment.booked');
        bodies.push(message.content.toString());
        channel.ack(message);
      });
      return () => connection.close().catch(() => {});
    };

    const first: string[] = [];
    const stopListening = await listen(first, rabbit.url);
    await happen(0, 100);
    expect(await follow(db, follower, randomUUID(), quiet)).toBe(100);
    await until('all carried', () => Promise.resolve(first.length >= 100));
    expect(numbersOf(first)).toEqual(upTo(100));
    await stopListening();

    if (rabbit.kill && rabbit.start) {
      await rabbit.kill();
      await happen(100, 50);
      await db.query(`update event_cursor set lease_until = now() - interval '1 s' where follower = 'rabbitmq'`);
      expect(await follow(db, follower, randomUUID(), quiet)).toBe(0);
      expect((await db.query(`select failures from event_cursor where follower = 'rabbitmq'`)).rows).toEqual([
        { failures: 1 },
      ]);
      await rabbit.start();
      const second: string[] = [];
      const stopSecond = await listen(second, rabbit.url);
      await db.query(`update event_cursor set retry_at = now(), lease_until = now() where follower = 'rabbitmq'`);
      const following = startFollowing(db, follower, quiet);
      // Killed as it was, it may deliver again what was taken before.
      const fresh = (): number[] => [...new Set(numbersOf(second))].filter((each) => each >= 100);
      try {
        await until('all carried', () => Promise.resolve(fresh().length >= 50), 30_000);
      } finally {
        await following.stop();
        await stopSecond();
      }
      expect(fresh()).toEqual(upTo(150).slice(100));
    }
    await broker.close();
  }, 120_000);
});

describe('Kafka', () => {
  test('gets every event, those of an appointment in one partition and in order', async () => {
    if (!mock) return;
    const { db } = database;
    const broker = kafka(mock.url);
    const follower = brokerFollower(broker);
    await openCursor(db, follower.name);
    await happen(0, 100);
    const consumer = new Kafka({ brokers: [new URL(mock.url).host], logLevel: logLevel.NOTHING }).consumer({
      groupId: 'listener',
    });
    const token = randomUUID();
    await until(
      'published',
      async () => {
        await db.query(`update event_cursor set retry_at = null where follower = 'kafka'`);
        return (await follow(db, follower, token, quiet)) === 100;
      },
      60_000,
    );
    const got: { readonly key: string; readonly partition: number; readonly body: string }[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic: 'tessera.events', fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message, partition }) => {
        expect(message.headers).toMatchObject({ ce_type: Buffer.from('appointment.booked') });
        got.push({ key: String(message.key), partition, body: String(message.value) });
      },
    });
    await until('all carried', () => Promise.resolve(got.length >= 100), 60_000);
    await consumer.disconnect();
    await broker.close();
    expect(new Set(numbersOf(got.map((each) => each.body)))).toEqual(new Set(upTo(100)));
    for (const [index, id] of appointments.entries()) {
      const own = got.filter((each) => each.key === id);
      expect(new Set(own.map((each) => each.partition)).size).toBe(1);
      expect(numbersOf(own.map((each) => each.body))).toEqual(upTo(100).filter((each) => each % 5 === index));
    }
  }, 180_000);
});

test('a broker that is not there is an error that is told once, and holds up nobody', async () => {
  const { db } = database;
  const told: string[] = [];
  const log: Log = { ...quiet, error: (_fields, message) => void told.push(message) };
  const absent = { ...brokerFollower(rabbitMq('amqp://127.0.0.1:1')), name: 'absent' };
  await openCursor(db, 'absent');
  await happen(0, 1);
  const token = randomUUID();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await db.query(`update event_cursor set retry_at = null where follower = 'absent'`);
    expect(await follow(db, absent, token, log)).toBe(0);
  }
  expect(told).toHaveLength(1);
});
