/** Everyone who is told: live listeners, webhooks, brokers, and the people who look after the hub. */
import type { WebhookParts } from '../commands/webhooks.ts';
import { startAlerts } from '../events/alerts.ts';
import { brokerFollower, type Broker } from '../events/broker.ts';
import { startFollowing, type Follower } from '../events/follower.ts';
import { LiveEvents } from '../events/live.ts';
import { AddressRefused, checkTarget, type Refusal } from '../events/public-address.ts';
import { webhookFanOut } from '../events/webhook-fan-out.ts';
import { WebhookSender } from '../events/webhook-sender.ts';
import type { Base, Hospitals, Store } from './base.ts';

/** In every process: they all give events their order, one at a time, whoever of them is alive. */
export async function startLiveEvents({ log, onStop }: Base, { db }: Store): Promise<LiveEvents> {
  const live = new LiveEvents(db, log);
  await live.start();
  onStop(() => live.stop());
  return live;
}

/** What the role `followers` does. */
export async function startFollowers(base: Base, store: Store, { adapters }: Hospitals): Promise<void> {
  const { config, log, onStop } = base;
  const { db, seal } = store;
  const sender = new WebhookSender({ db, seal, log, rules: { allowLoopback: config.webhookLoopback } });
  sender.start();
  onStop(() => sender.stop());
  const brokers = await openBrokers(base);
  const followers = [webhookFanOut(db), ...brokers.map(brokerFollower), ...(await mailOf(base))];
  for (const follower of followers) {
    const following = startFollowing(db, follower, log);
    onStop(() => following.stop());
  }
  const tellByThemselves = [...adapters].flatMap(([id, { manifest }]) =>
    manifest.capabilities.includes('ReceivesNotices') ? [id] : [],
  );
  const alerts = startAlerts(db, { tellByThemselves }, log);
  onStop(() => alerts.stop());
}

/** Loaded when configured: most hubs need neither. */
async function openBrokers({ config: { rabbitMqUrl, kafkaUrl }, onStop }: Base): Promise<readonly Broker[]> {
  const brokers: Broker[] = [];
  if (rabbitMqUrl !== undefined) brokers.push((await import('../events/rabbitmq.ts')).rabbitMq(rabbitMqUrl));
  if (kafkaUrl !== undefined) brokers.push((await import('../events/kafka.ts')).kafka(kafkaUrl));
  for (const each of brokers) onStop(() => each.close());
  return brokers;
}

async function mailOf({ config: { alertMail } }: Base): Promise<readonly Follower[]> {
  if (!alertMail) return [];
  return [(await import('../events/alert-mail.ts')).alertMail(alertMail)];
}

const HELP: Readonly<Record<Refusal, string>> = {
  'no-url': 'expected an https URL',
  'credentials-in-url': 'expected a URL without user and password: requests are signed instead',
  'not-https': 'expected an https URL: http is for this machine itself only, where TESSERA_WEBHOOK_LOOPBACK is on',
  'not-public':
    'expected a host that has public addresses only (this machine itself is allowed by TESSERA_WEBHOOK_LOOPBACK=on, for development)',
  unresolved: 'expected a host whose name can be resolved',
};

/** What is wrong with the URL of a webhook, for whoever registers it. It is checked again before each request. */
export const urlProblemOf =
  ({ config }: Base): WebhookParts['urlProblem'] =>
  async (url) => {
    try {
      await checkTarget(url, { allowLoopback: config.webhookLoopback });
      return undefined;
    } catch (error) {
      if (error instanceof AddressRefused) return HELP[error.reason];
      throw error;
    }
  };
