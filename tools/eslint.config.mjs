// The RxJS rules alone: everything else is Biome's and oxlint's. Run by `npm run lint:rxjs`.
import rxjsX from 'eslint-plugin-rxjs-x'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['**/api/**', '**/node_modules/**'] },
  {
    basePath: '..',
    files: ['**/*.ts'],
    extends: [rxjsX.configs.strict],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: new URL('..', import.meta.url).pathname },
    },
    rules: {
      // `$` marks a thing that is an Observable; what merely returns one has a plain verb, and the rule can't tell a
      // property that holds such a function from one that holds a stream. spec/layers.spec.ts looks at those.
      'rxjs-x/finnish': 'off',
      // A caught error is unknown, and goes on as what it is.
      'rxjs-x/throw-error': ['error', { allowThrowingUnknown: true }],
      // `close()` starts at the call: its result may be let go.
      'rxjs-x/no-misused-observables': ['error', { checksVoidReturn: false }],
      'rxjs-x/no-sharereplay': 'error',
      'rxjs-x/no-nested-subscribe': 'error',
      'rxjs-x/no-ignored-error': 'error',
      'rxjs-x/ban-operators': [
        'error',
        {
          shareReplay: 'use replayed() of runtime/rx/share',
          publish: 'use share({...})',
          groupBy: 'use a Map in a machine',
          expand: 'loops go through the mailbox',
        },
      ],
    },
  },
)
