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
      // `$` marks a thing that is an Observable; functions and methods that return one have plain verbs.
      'rxjs-x/finnish': [
        'error',
        { functions: false, methods: false, parameters: false, properties: true, variables: false, strict: false },
      ],
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
