/**
 * Reads TypeScript for dependency-cruiser, whose own TypeScript support needs the compiler API that TypeScript 7 no longer has.
 * Each file is reduced to what it imports. Type-only imports stay: they too must keep to the import table.
 */
function importsOnly({ types }) {
  const importOf = (source) => types.importDeclaration([], types.stringLiteral(source));
  const dynamicImportOf = (source) =>
    types.expressionStatement(types.callExpression(types.import(), [types.stringLiteral(source)]));

  return {
    name: 'imports-only',
    visitor: {
      Program(program) {
        const found = [];
        program.traverse({
          'ImportDeclaration|ExportNamedDeclaration|ExportAllDeclaration'({ node }) {
            if (node.source) found.push(importOf(node.source.value));
          },
          'CallExpression|ImportExpression'({ node }) {
            const target = node.type === 'ImportExpression' ? node.source : node.arguments[0];
            const imports = node.type === 'ImportExpression' || node.callee.type === 'Import';
            if (imports && target?.type === 'StringLiteral') found.push(dynamicImportOf(target.value));
          },
          // `typeof import('./x.ts')` and `import('./x.ts').Name`
          TSImportType({ node }) {
            const target = node.argument.type === 'TSLiteralType' ? node.argument.literal : node.argument;
            if (target.type === 'StringLiteral') found.push(importOf(target.value));
          },
        });
        program.node.body = found;
        program.skip();
      },
    },
  };
}

export default {
  babelrc: false,
  configFile: false,
  parserOpts: { plugins: ['typescript'] },
  plugins: [importsOnly],
};
