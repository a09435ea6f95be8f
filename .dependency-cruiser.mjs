/**
 * Who may import whom. Every folder of src/ has a row in the table; a folder without one may not be imported at all.
 * Run it over globs, as package.json does: of a plain folder argument dependency-cruiser skips the .ts files when it finds no
 * TypeScript compiler API, and then reports a clean tree.
 */
import { IMPORT_TABLE } from './scripts/import-table.ts';

const OURS = '^(src|adapters|mappings|web|test|scripts|bin)/';
const folders = (names) => names.map((name) => `^src/${name}/`);

/** Read by every folder but domain (and by no adapter): the contracts, the settings, the log. */
const FOR_ALL = ['^src/contracts[.]ts$', '^src/config[.]ts$', '^src/telemetry/'];

const folderRules = Object.entries(IMPORT_TABLE)
  .filter(([folder]) => folder !== 'domain')
  .map(([folder, mayImport]) => ({
    name: `${folder}-imports`,
    comment: `src/${folder} may import ${['itself', ...mayImport].join(', ')}, contracts, config and telemetry`,
    severity: 'error',
    from: { path: `^src/${folder}/` },
    to: {
      path: OURS,
      pathNot: [...folders([folder, ...mayImport]), ...FOR_ALL, '^src/main[.]ts$', '^(adapters|mappings)/'],
    },
  }));

const SIMULATOR_OR_TEST = '^adapters/[^/]+/(simulator([.]ts$|/)|.*[.]test[.]ts$)';

export default {
  forbidden: [
    {
      name: 'domain-imports-nothing',
      comment: 'src/domain is words and rules only: no npm package, no node: module, nothing else of ours',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    ...folderRules,
    {
      name: 'shared-files-import-domain',
      comment:
        'src/config.ts and src/contracts.ts are imported by nearly all, so they import only src/domain, and src/config/ its own parts',
      severity: 'error',
      from: { path: '^src/(config|contracts)[.]ts$' },
      to: { path: OURS, pathNot: ['^src/(domain|config)/', '^(adapters|mappings)/', '^src/main[.]ts$'] },
    },
    {
      name: 'folder-not-in-table',
      comment: 'a new folder of src/ gets a row in IMPORT_TABLE first',
      severity: 'error',
      from: { path: OURS },
      to: { path: '^src/', pathNot: [...folders(Object.keys(IMPORT_TABLE)), '^src/(config|contracts|main)[.]ts$'] },
    },
    {
      name: 'src-never-adapters',
      comment:
        'adapters and mappings are found by listing their directories, so that adding one touches nothing in src/',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(adapters|mappings)/' },
    },
    {
      name: 'only-bin-imports-main',
      comment: 'src/main.ts is the composition root: what it builds is handed in, never fetched',
      severity: 'error',
      from: { pathNot: '^bin/' },
      to: { path: '^src/main[.]ts$' },
    },
    {
      name: 'adapter-imports-kit-only',
      comment:
        'an adapter reaches the hub only through #adapter-kit and #adapter-kit/simulator (its tests: also test/)',
      severity: 'error',
      from: { path: '^adapters/', pathNot: '[.]test[.]ts$' },
      to: { path: OURS, pathNot: ['^adapters/', '^src/adapter-kit/(simulator/)?index[.]ts$'] },
    },
    {
      name: 'adapter-test-imports',
      comment: 'the tests of an adapter may use test/, but no inside of the hub either',
      severity: 'error',
      from: { path: '^adapters/.*[.]test[.]ts$' },
      to: { path: OURS, pathNot: ['^adapters/', '^test/', '^src/adapter-kit/(simulator/)?index[.]ts$'] },
    },
    {
      name: 'adapter-imports-kit-by-alias',
      comment: 'write #adapter-kit, not a path: an adapter can then live outside this repository',
      severity: 'error',
      from: { path: '^adapters/' },
      to: { path: '^src/adapter-kit/', dependencyTypesNot: ['aliased-subpath-import'] },
    },
    {
      name: 'adapter-imports-own-folder',
      comment: 'adapters share nothing but the kit: one can be removed without another noticing',
      severity: 'error',
      from: { path: '^adapters/([^/]+)/' },
      to: { path: '^adapters/', pathNot: '^adapters/$1/' },
    },
    {
      name: 'simulator-kit-in-simulators-only',
      comment: 'what talks to real hospitals must not depend on what pretends to be one',
      severity: 'error',
      from: { path: '^adapters/', pathNot: SIMULATOR_OR_TEST },
      to: { path: '^src/adapter-kit/simulator/' },
    },
    {
      name: 'no-cycles',
      comment: 'of two files that import each other neither can be understood alone',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-dev-dependency',
      comment: 'the image is installed without devDependencies',
      severity: 'error',
      from: { path: '^(src|adapters)/', pathNot: '[.]test[.]ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'unresolvable',
      comment: 'an import that cannot be followed would slip past every other rule (fhir/* is types only)',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^fhir/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    babelConfig: { fileName: 'scripts/imports-only.babel.mjs' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.cjs', '.js', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
