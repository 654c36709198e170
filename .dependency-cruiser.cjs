/** The import rules of docs/decisions/0001-pure-core.md. Types may cross where values may not. */
const rule = (name, from, to, extra = {}) => ({ name, severity: 'error', from: { path: from, ...extra }, to })
const values = { dependencyTypesNot: ['type-only'] }

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    rule('core-is-pure', '^core/', {
      pathNot: '^(core/|schemas/generated/|node_modules/(fast-json-stable-stringify|re2js|@marcbachmann/cel-js)/)',
    }),
    rule('core-only-types-of-schemas', '^core/', { path: '^schemas/', ...values }),
    rule('cel-only-in-expressions', '^(?!core/expressions/)', { path: 'node_modules/@marcbachmann/' }),
    rule('schemas-own-ajv', '^schemas/', {
      pathNot: '^(schemas/|core/model/|core/errors|node_modules/(ajv|re2js)/|node:)|^(fs|url|path|module)$',
    }),
    rule('ajv-only-in-schemas', '^(?!schemas/|scripts/|test/)', { path: 'node_modules/ajv' }),
    rule('yaml-only-in-config-repo', '^(?!connectors/config-repo/|scripts/|test/)', { path: 'node_modules/yaml/' }),
    rule('workflows-are-deterministic', '^workflows/', {
      pathNot: '^(workflows/|core/model/|core/lifecycle/|node_modules/@temporalio/(workflow|common)/)',
      ...values,
    }),
    rule('activities-get-the-outside-injected', '^activities/', { path: '^(store|connectors)/', ...values }),
    rule('activities-know-no-shell', '^activities/', { path: '^(workflows|api|cli|worker)/', ...values }),
    rule('connectors-know-no-store', '^connectors/', { path: '^(store|activities|workflows|api|cli|worker)/' }),
    rule('connectors-know-no-other', '^connectors/(destinations|generators|sources)/([^/]+)/', {
      path: '^connectors/(destinations|generators|sources|config-repo)/',
      pathNot: '^connectors/$1/$2/',
    }),
    rule('store-knows-core-and-pg', '^store/', {
      pathNot:
        '^(store/|core/|schemas/(validate|generated/)|node_modules/(pg|pg-copy-streams|@types/pg|@types/pg-copy-streams|pg-protocol)/|node:)|^(fs|fs/promises|url|path|stream|crypto|stream/promises)$',
    }),
    rule('pg-only-in-store', '^(?!store/|connectors/sources/sql/|test/|scripts/)', {
      path: 'node_modules/(pg|pg-copy-streams)/',
      ...values,
    }),
    rule('api-imports', '^api/', { path: '^(activities|connectors|worker|cli)/' }),
    rule('cli-imports', '^cli/', { path: '^(activities|worker|connectors/(?!config-repo/))', ...values }),
    rule('nobody-imports-worker', '^(?!worker/|test/)', { path: '^worker/' }),
    rule('nobody-imports-test', '^(?!test/|.*\\.test\\.ts$)', { path: '^test/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules/.cache)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
