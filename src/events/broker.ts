/** Brings every event to a broker: at least once, and in the order of what happened. */
import { cloudEvent, orderKey } from './event.ts';
import type { Follower } from './follower.ts';

export interface BrokerMessage {
  /** The event's id, the same when it comes again. */
  readonly id: string;
  readonly type: string;
  /** Messages with the same key stay in order. */
  readonly key: string;
  /** contracts/schemas/event.schema.json, JSON text. */
  readonly body: string;
}

/** An engine that carries messages to others. */
export interface Broker {
  /** Names the cursor: another broker begins by itself. */
  readonly name: string;
  /** Resolves when the broker has all of them safe, in order. Throws when that is not certain: they are published again. */
  publish(messages: readonly BrokerMessage[]): Promise<void>;
  close(): Promise<void>;
}

export const CONTENT_TYPE = 'application/cloudevents+json';
/** What a broker has not confirmed by then is not certain; well within the lease of a follower. */
export const PUBLISH_TIMEOUT_MS = 15_000;

export const brokerFollower = (broker: Broker): Follower => ({
  name: broker.name,
  take: (events) =>
    broker.publish(
      events.map((each) => ({
        id: each.id,
        type: each.type,
        key: orderKey(each),
        body: JSON.stringify(cloudEvent(each)),
      })),
    ),
});
