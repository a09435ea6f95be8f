import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestRedis } from '../../support/redis.ts';
import { runBatches } from '../batches.ts';
import type { Random } from '../random.ts';
import type { Row } from '../row.ts';

const FAULTS = ['flushed', 'restarted empty', 'restarted saved', 'restarted with an old copy'] as const;
const DOWN_MS = [0, 2_500] as const;

export const row: Row = {
  name: 'redis',
  order: 7,
  fault:
    'FLUSHALL, kill -9 and restart of Redis: with nothing, with what it had just saved, with a copy from some trials ago',
  trial: 'one of the four, among jobs waiting and under way',
  wanted: 100,
  drivers: ['bullmq'],
  run: (run) =>
    runBatches(run, {
      shape: { apis: 1, workers: 2 },
      async trial({ cluster, random, struck }) {
        const { redis } = cluster;
        if (!redis) throw new Error('the redis row needs driver bullmq');
        const fault = redis.server ? random.pick(FAULTS) : 'flushed';
        run.tally.notes[fault] = Number(run.tally.notes[fault] ?? 0) + 1;
        if (fault === 'flushed') {
          struck();
          await redis.command('FLUSHALL');
          return;
        }
        await restart(redis, fault, random, struck);
      },
    }),
};

async function restart(redis: TestRedis, fault: (typeof FAULTS)[number], random: Random, struck: () => void) {
  // With an old copy: whatever SAVE wrote in an earlier trial, or nothing when there was none since.
  if (fault === 'restarted saved') await redis.command('SAVE');
  if (fault === 'restarted empty') await rm(await copyOf(redis), { force: true });
  struck();
  await redis.server?.kill();
  await delay(random.between(...DOWN_MS));
  await redis.server?.start();
}

async function copyOf(redis: TestRedis): Promise<string> {
  const setting = async (name: string): Promise<string> => {
    const reply = await redis.command('CONFIG', 'GET', name);
    return Array.isArray(reply) ? String(reply[1]) : '';
  };
  return join(await setting('dir'), await setting('dbfilename'));
}
