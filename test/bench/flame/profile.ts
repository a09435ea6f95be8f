/** What a process of Node does with its time, asked of the process itself: by its inspector, which SIGUSR1 opens on port 9229 of loopback. */
import { setTimeout as delay } from 'node:timers/promises';

/** As V8 writes it; times in microseconds. */
export interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

const INSPECTOR = 'http://127.0.0.1:9229/json/list';
const OPENS_WITHIN_MS = 10_000;
const EVERY_US = 500;

/** Of the process, while `work` runs. */
export async function profileOf(pid: number, work: () => Promise<unknown>): Promise<Profile> {
  process.kill(pid, 'SIGUSR1');
  const inspector = await connect(await inspectorUrl());
  try {
    await inspector.ask('Profiler.enable');
    await inspector.ask('Profiler.setSamplingInterval', { interval: EVERY_US });
    await inspector.ask('Profiler.start');
    await work();
    const { profile } = (await inspector.ask('Profiler.stop')) as { readonly profile: Profile };
    return profile;
  } finally {
    inspector.close();
  }
}

async function inspectorUrl(): Promise<string> {
  for (const deadline = Date.now() + OPENS_WITHIN_MS; ; await delay(100)) {
    const targets = (await fetch(INSPECTOR)
      .then((reply) => reply.json())
      .catch(() => [])) as readonly { readonly title: string; readonly webSocketDebuggerUrl: string }[];
    const ours = targets.find(({ title }) => title.includes('tessera'));
    if (ours) return ours.webSocketDebuggerUrl;
    if (Date.now() > deadline) throw new Error('port 9229 is not opened by the hub: does another program have it?');
  }
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

async function connect(url: string) {
  const socket = new WebSocket(url);
  const waiting = new Map<number, (reply: Reply) => void>();
  socket.addEventListener('message', ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply;
    waiting.get(reply.id)?.(reply);
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error('the inspector of the hub does not answer')));
  });
  let last = 0;
  return {
    async ask(method: string, params: object = {}): Promise<unknown> {
      const id = (last += 1);
      const reply = await new Promise<Reply>((resolve) => {
        waiting.set(id, resolve);
        socket.send(JSON.stringify({ id, method, params }));
      });
      if (reply.error) throw new Error(`${method}: ${reply.error.message}`);
      return reply.result;
    },
    close: () => socket.close(),
  };
}
