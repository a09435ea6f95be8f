import { expect, jest, test } from '@jest/globals';
import { Grouped } from '../../../src/db/grouped.ts';

/** A statement that ends when it is told to. */
function statements() {
  const groups: { readonly items: readonly string[]; end(): void; fail(error: Error): void }[] = [];
  const run = (items: readonly string[]): Promise<string[]> => {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    groups.push({ items, end: () => resolve(items.map((each) => each.toUpperCase())), fail: reject });
    return promise;
  };
  return { groups, run, asked: () => groups.map(({ items }) => items) };
}

/** Within this turn of the event loop. */
const promisesAlone = async (): Promise<void> => {
  for (let left = 20; left > 0; left -= 1) await Promise.resolve();
};

/** What was begun by then. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('the first goes at once; what comes while it is under way goes together, and each has its own answer', async () => {
  const { groups, run, asked } = statements();
  const grouped = new Grouped(run);
  const answers = ['a', 'b', 'c'].map((each) => grouped.ask(each));
  expect(asked()).toEqual([['a']]);
  groups[0]?.end();
  expect(await answers[0]).toBe('A');
  await turn();
  expect(asked()).toEqual([['a'], ['b', 'c']]);
  groups[1]?.end();
  expect(await Promise.all(answers)).toEqual(['A', 'B', 'C']);
  await turn();
  // Nothing is left over: the next begins at once again.
  void grouped.ask('d');
  expect(asked().at(-1)).toEqual(['d']);
});

test('statements that are to keep apart do: what comes between them goes with the next', async () => {
  jest.useFakeTimers();
  try {
    const { groups, run, asked } = statements();
    const grouped = new Grouped(run, { everyMs: 50 });
    void grouped.ask('a');
    groups[0]?.end();
    await jest.advanceTimersByTimeAsync(20);
    void grouped.ask('b');
    await jest.advanceTimersByTimeAsync(29);
    void grouped.ask('c');
    expect(asked()).toEqual([['a']]);
    await jest.advanceTimersByTimeAsync(1);
    expect(asked()).toEqual([['a'], ['b', 'c']]);
    groups[1]?.end();
    await jest.advanceTimersByTimeAsync(50);
    void grouped.ask('d');
    expect(asked().at(-1)).toEqual(['d']);
  } finally {
    jest.useRealTimers();
  }
});

test('a statement that waits for turns of the event loop takes along what comes in them', async () => {
  const { groups, run, asked } = statements();
  const grouped = new Grouped(run, { turns: 2 });
  const first = grouped.ask('a');
  await turn();
  const second = grouped.ask('b');
  expect(asked()).toEqual([]);
  await turn();
  await turn();
  expect(asked()).toEqual([['a', 'b']]);
  groups[0]?.end();
  expect(await Promise.all([first, second])).toEqual(['A', 'B']);
});

test('a statement that fails fails for its own group, and for no other', async () => {
  const { groups, run } = statements();
  const grouped = new Grouped(run);
  const [first, second] = [grouped.ask('a'), grouped.ask('b')];
  groups[0]?.fail(new Error('gone'));
  await expect(first).rejects.toThrow('gone');
  await turn();
  groups[1]?.end();
  expect(await second).toBe('B');
});

test('of one key one is in a group, and no group is larger than it may be', async () => {
  const { groups, run, asked } = statements();
  const grouped = new Grouped(run, { max: 2, keys: (item) => [item.slice(0, 1)] });
  const answers = ['z', 'a1', 'a2', 'b', 'c'].map((each) => grouped.ask(each));
  for (let ended = 0; ended < groups.length; ended += 1) {
    groups[ended]?.end();
    await turn();
  }
  await Promise.all(answers);
  expect(asked()).toEqual([['z'], ['a1', 'b'], ['a2', 'c']]);
});

test('a statement that does not come back holds nobody up for longer than a moment', async () => {
  jest.useFakeTimers();
  try {
    const { groups, run, asked } = statements();
    const grouped = new Grouped(run);
    void grouped.ask('lost');
    const second = grouped.ask('b');
    await jest.advanceTimersByTimeAsync(249);
    expect(asked()).toEqual([['lost']]);
    await jest.advanceTimersByTimeAsync(1);
    expect(asked()).toEqual([['lost'], ['b']]);
    groups[1]?.end();
    expect(await second).toBe('B');
  } finally {
    jest.useRealTimers();
  }
});

test('the next statement is sent before those are told who have asked for the last one', async () => {
  const told: string[] = [];
  const { groups, run } = statements();
  const grouped = new Grouped(async (items: readonly string[]) => {
    // As a pool does, which gives a connection a little later.
    await promisesAlone();
    told.push(`sent: ${items.join()}`);
    return run(items);
  });
  const [first, second] = ['a', 'b'].map((each) => grouped.ask(each).then((answer) => void told.push(answer)));
  await promisesAlone();
  groups[0]?.end();
  await first;
  groups[1]?.fail(new Error('away'));
  await expect(second).rejects.toThrow('away');
  expect(told).toEqual(['sent: a', 'sent: b', 'A']);
});

test('one that waits for turns does not: who has asked for the last one is told at once', async () => {
  const { groups, run, asked } = statements();
  const grouped = new Grouped(run, { turns: 2, max: 1 });
  const told: string[] = [];
  for (const each of ['a', 'b']) void grouped.ask(each).then((answer) => told.push(answer));
  await turn();
  await turn();
  await turn();
  expect(asked()).toEqual([['a']]);
  groups[0]?.end();
  await promisesAlone();
  expect(told).toEqual(['A']);
  expect(asked()).toEqual([['a']]);
});

test('beside a statement goes a second one, when it is full, and not a third', async () => {
  const { groups, run, asked } = statements();
  const grouped = new Grouped(run, { max: 2, lanes: 2 });
  const answers = ['a', 'b'].map((each) => grouped.ask(each));
  expect(asked()).toEqual([['a']]);
  answers.push(...['c', 'd', 'e'].map((each) => grouped.ask(each)));
  expect(asked()).toEqual([['a'], ['b', 'c']]);
  groups[1]?.end();
  await turn();
  expect(asked()).toEqual([['a'], ['b', 'c'], ['d', 'e']]);
  answers.push(grouped.ask('f'));
  groups[0]?.end();
  await turn();
  // One would be enough for it, and that one is under way.
  expect(asked()).toHaveLength(3);
  groups[2]?.end();
  await turn();
  expect(asked().slice(3)).toEqual([['f']]);
  groups[3]?.end();
  expect(await Promise.all(answers)).toEqual(['A', 'B', 'C', 'D', 'E', 'F']);
});

test('of one key one is under way, in whichever statement; what waits for it goes when it has ended', async () => {
  const { groups, run, asked } = statements();
  const grouped = new Grouped(run, { max: 2, lanes: 2, keys: (item) => [item.slice(0, 1)] });
  const answers = ['a1', 'a2', 'a3', 'a4', 'b'].map((each) => grouped.ask(each));
  expect(asked()).toEqual([['a1'], ['b']]);
  answers.push(grouped.ask('c'));
  groups[1]?.end();
  await turn();
  expect(asked()).toEqual([['a1'], ['b'], ['c']]);
  groups[2]?.end();
  await turn();
  expect(asked()).toHaveLength(3);
  for (let ended = 0; ended < groups.length; ended += 1) {
    if (ended !== 1 && ended !== 2) groups[ended]?.end();
    await turn();
  }
  expect(asked().slice(3)).toEqual([['a2'], ['a3'], ['a4']]);
  expect(await Promise.all(answers)).toEqual(['A1', 'A2', 'A3', 'A4', 'B', 'C']);
});

test('what is of the key of a statement that does not come back waits no longer than a moment', async () => {
  jest.useFakeTimers();
  try {
    const { groups, run, asked } = statements();
    const grouped = new Grouped(run, { lanes: 2, keys: (item) => [item.slice(0, 1)] });
    void grouped.ask('a lost');
    const second = grouped.ask('a');
    await jest.advanceTimersByTimeAsync(250);
    expect(asked()).toEqual([['a lost'], ['a']]);
    groups[1]?.end();
    expect(await second).toBe('A');
  } finally {
    jest.useRealTimers();
  }
});

test('what is to be kept apart may go together, but not beside what is under way', async () => {
  const { groups, run, asked } = statements();
  const grouped = new Grouped(run, {
    max: 3,
    lanes: 2,
    keys: (item) => [item],
    apart: (item) => [item.slice(0, 1)],
  });
  const answers = ['a1', 'a2', 'a3', 'b'].map((each) => grouped.ask(each));
  expect(asked()).toEqual([['a1'], ['b']]);
  groups[1]?.end();
  await turn();
  expect(asked()).toHaveLength(2);
  groups[0]?.end();
  await turn();
  expect(asked()).toEqual([['a1'], ['b'], ['a2', 'a3']]);
  groups[2]?.end();
  expect(await Promise.all(answers)).toEqual(['A1', 'A2', 'A3', 'B']);
});

test('beside a statement that does not come back goes one, and not two', async () => {
  jest.useFakeTimers();
  try {
    const { groups, run, asked } = statements();
    const grouped = new Grouped(run, { max: 2, lanes: 2 });
    const lost = grouped.ask('lost');
    await jest.advanceTimersByTimeAsync(250);
    const answers = ['a', 'b', 'c', 'd', 'e'].map((each) => grouped.ask(each));
    expect(asked()).toEqual([['lost'], ['a']]);
    groups[0]?.end();
    expect(await lost).toBe('LOST');
    await jest.advanceTimersByTimeAsync(0);
    expect(asked()).toEqual([['lost'], ['a'], ['b', 'c']]);
    for (let ended = 1; ended < groups.length; ended += 1) {
      groups[ended]?.end();
      await jest.advanceTimersByTimeAsync(0);
    }
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C', 'D', 'E']);
  } finally {
    jest.useRealTimers();
  }
});

test('of thousands who have to wait for what is under way not each is looked at', async () => {
  const { groups, run, asked } = statements();
  let looks = 0;
  const apart = (item: string): string[] => [item.slice(0, (looks += 1) && 1)];
  const grouped = new Grouped(run, { max: 10, lanes: 2, keys: (item) => [item], apart });
  const answers = Array.from({ length: 2_000 }, (_, nth) => grouped.ask(`a${nth}`));
  expect(asked()).toEqual([['a0']]);
  // Once for the first, and of every ten that come twenty at most.
  expect(looks).toBeLessThan(1 + 200 * 20);
  for (let ended = 0; ended < groups.length; ended += 1) {
    groups[ended]?.end();
    await turn();
  }
  expect(await Promise.all(answers)).toHaveLength(2_000);
});

test('what is to be kept apart is so without keys, too', async () => {
  const { groups, run, asked } = statements();
  const grouped = new Grouped(run, { max: 1, lanes: 2, apart: (item) => [item.slice(0, 1)] });
  const answers = ['a1', 'a2'].map((each) => grouped.ask(each));
  expect(asked()).toEqual([['a1']]);
  groups[0]?.end();
  await turn();
  expect(asked()).toEqual([['a1'], ['a2']]);
  groups[1]?.end();
  expect(await Promise.all(answers)).toEqual(['A1', 'A2']);
});
