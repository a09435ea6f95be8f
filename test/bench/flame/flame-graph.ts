/** A profile as a flame graph: who called whom, each as wide as the time spent below it. One SVG, without scripts. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Profile, ProfileNode } from './profile.ts';

/** Time at and below one function, by the way that led there; functions of a library are one. */
interface Frame {
  readonly name: string;
  us: number;
  readonly below: Map<string, Frame>;
}

const WIDTH = 1200;
const ROW = 17;
const HEAD = 46;
/** Narrower ones cannot be seen, and are left out. */
const LEAST_PX = 0.6;
const TEXT_FROM_PX = 34;
const PX_PER_SIGN = 6.1;
const ROOT = new URL('../../../', import.meta.url);
const IDLE: ReadonlySet<string> = new Set(['(idle)']);

/** `of`: how many of what was done while it was taken. */
export function flameGraph(
  profile: Profile,
  title: string,
  of: { readonly count: number; readonly what: string },
): string {
  const all = framesOf(profile);
  const depth = depthOf(all);
  const height = HEAD + depth * ROW + 8;
  const each = `${Math.round(all.us / of.count)} µs of its event loop for each of ${of.count} ${of.what}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="11">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="8" y="18" font-size="14" font-weight="600" fill="#111827">${escaped(title)}</text>
<text x="8" y="35" fill="#4b5563">${escaped(each)}; from the top: who called, and below whom</text>
${drawn(all, 0, 0, WIDTH / Math.max(1, all.us), all.us).join('\n')}
</svg>
`;
}

function framesOf({ nodes, samples, timeDeltas }: Profile): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const root: Frame = { name: 'the hub', us: 0, below: new Map() };
  for (const [nth, id] of samples.entries()) {
    const way = wayTo(id, byId, callers);
    if (way.length === 0) continue;
    let at = root;
    const us = timeDeltas[nth] ?? 0;
    root.us += us;
    for (const name of way) {
      const next: Frame = at.below.get(name) ?? { name, us: 0, below: new Map() };
      next.us += us;
      at.below.set(name, next);
      at = next;
    }
  }
  return root;
}

/** Names from the outermost on; none of an idle moment. What a library calls of itself is one step. */
function wayTo(
  id: number,
  byId: ReadonlyMap<number, ProfileNode>,
  callers: ReadonlyMap<number, number>,
): readonly string[] {
  const way: string[] = [];
  for (let at: number | undefined = id; at !== undefined; at = callers.get(at)) {
    const node = byId.get(at);
    if (!node) break;
    if (IDLE.has(node.callFrame.functionName)) return [];
    const name = nameOf(node);
    if (name !== undefined && way.at(-1) !== name) way.push(name);
  }
  return way.toReversed();
}

function nameOf({ callFrame: { functionName, url } }: ProfileNode): string | undefined {
  if (functionName === '(root)') return undefined;
  if (url === '') return functionName === '' ? undefined : functionName;
  if (!url.startsWith('file:'))
    return url
      .replace(/^node:/, 'node ')
      .split('/')
      .slice(0, 2)
      .join('/');
  const path = relative(fileURLToPath(ROOT), fileURLToPath(url));
  const [, library] = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  if (library !== undefined) return library;
  return functionName === '' ? path : `${functionName} ${path}`;
}

const depthOf = (frame: Frame): number => 1 + Math.max(0, ...[...frame.below.values()].map(depthOf));

function drawn(frame: Frame, x: number, level: number, pxPerUs: number, total: number): string[] {
  const width = frame.us * pxPerUs;
  if (width < LEAST_PX) return [];
  const y = HEAD + level * ROW;
  const share = ((100 * frame.us) / total).toFixed(1);
  const room = Math.floor((width - 6) / PX_PER_SIGN);
  const label = frame.name.length > room ? `${frame.name.slice(0, Math.max(0, room - 1))}…` : frame.name;
  const text =
    width < TEXT_FROM_PX ? '' : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}" fill="#111827">${escaped(label)}</text>`;
  const own = `<g><title>${escaped(frame.name)}: ${share} %</title><rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(LEAST_PX, width - 0.5).toFixed(1)}" height="${ROW - 1}" fill="${colourOf(frame.name)}"/>${text}</g>`;
  let from = x;
  const below = [...frame.below.values()]
    .toSorted((a, b) => b.us - a.us)
    .flatMap((each) => {
      const there = drawn(each, from, level + 1, pxPerUs, total);
      from += each.us * pxPerUs;
      return there;
    });
  return [own, ...below];
}

/** Ours, the platform's, a library's. */
function colourOf(name: string): string {
  if (/ ?(?:src|adapters)\//.test(name)) return '#f9b384';
  if (name.startsWith('node ') || name.startsWith('(')) return '#cbd5e1';
  return '#a5c8f5';
}

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign);
