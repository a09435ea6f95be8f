/** `{ path: 'name[0].family' }`: what stands there. */
import type { RuleKind } from '../rule.ts';
import { compileSource, SOURCE_KEYS } from '../source.ts';

export const pathRule: RuleKind = {
  key: 'path',
  keys: SOURCE_KEYS.filter((key) => key !== 'path'),
  compile: (map, { site }) => compileSource(map, site).read,
};
