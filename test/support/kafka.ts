/**
 * Kafka's protocol for tests: the mock cluster inside librdkafka, as kcat starts it, or the broker that KAFKA_TEST_URL names. It keeps
 * nothing, and knows groups and partitions.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { canUnpack, onPath, unpackPackages } from './debian-packages.ts';
import { skipLoudly } from './engine.ts';

export interface TestKafka {
  /** kafka://host:port */
  readonly url: string;
  stop(): Promise<void>;
}

const PACKAGES = /^(kcat|librdkafka|libyajl|libsasl2-2|libdb5|libzstd|liblz4)/;

/** Call `stop` in afterAll. Undefined, with a loud line, where none is to be had; throws instead when CI is set. */
export async function startKafka(): Promise<TestKafka | undefined> {
  const own = process.env['KAFKA_TEST_URL'];
  if (own) return { url: own, stop: () => Promise.resolve() };
  const kcat = onPath('kcat');
  if (kcat) return startMock(kcat, undefined);
  if (!canUnpack()) return skipLoudly('KAFKA', 'there is no kcat on PATH, and no apt to fetch one with');
  try {
    const { root, libraries } = await unpackPackages('kcat', PACKAGES);
    return await startMock(join(root, 'usr/bin/kcat'), libraries);
  } catch (error) {
    return skipLoudly('KAFKA', (error as Error).message);
  }
}

async function startMock(file: string, libraries: string | undefined): Promise<TestKafka> {
  // Its standard input stays open: it ends with it.
  const child = spawn(file, ['-P', '-b', 'none', '-t', 'none', '-X', 'test.mock.num.brokers=1', '-d', 'mock'], {
    env: { ...process.env, ...(libraries !== undefined && { LD_LIBRARY_PATH: libraries }) },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const address = await addressOf(child);
  return {
    url: `kafka://${address}`,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function addressOf(child: ChildProcess): Promise<string> {
  let output = '';
  const found = Promise.withResolvers<string>();
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const address = /bootstrap\.servers=(127\.0\.0\.1:\d+)/.exec(output)?.[1];
    if (address !== undefined) found.resolve(address);
  });
  child.once('error', found.reject);
  child.once('exit', (code) => found.reject(new Error(`kcat ended with ${code}: ${output.slice(-800)}`)));
  return found.promise;
}
