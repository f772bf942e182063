import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const NODE = ['process', 'console', 'Buffer', 'URL', 'fetch', 'performance', 'structuredClone'].concat([
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'AbortController',
]);

const PROCESS_MODULES = ['winston', 'yargs', 'cli-progress', 'node:process', 'process'];
const OUTSIDE_CORE = { regex: '^(\\.\\./)+(cli|sandbox|fleet)(/|\\.)', message: 'The core knows none of them.' };

/** A flag, or advice to run a command: texts of src/cli/messages.ts. */
const COMMAND_LINE_WORDS = ['Literal[value=', 'TemplateElement[value.raw='].flatMap((holds) => [
  { selector: `${holds}/(^|[^\\w-])--[a-z]/]`, message: 'A flag: name it in src/cli/messages.ts.' },
  { selector: `${holds}/contact-sync ([a-z]|$)/]`, message: 'A command: advise it in src/cli/messages.ts.' },
  { selector: `${holds}/CONTACT_SYNC_/]`, message: 'A variable: name it in src/cli/messages.ts.' },
]);

/** Writing past what keeps a value from acting upon a terminal. */
const RAW_OUTPUT = [
  '[callee.object.name=/^(stdout|stderr)$/]',
  '[callee.object.property.name=/^(stdout|stderr)$/]',
].map((on) => ({
  selector: `CallExpression[callee.property.name=/^(write|end)$/]${on}`,
  message: 'Print by src/cli/output/terminal.ts, which lets no value act upon a terminal.',
}));

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'runs/', 'artifacts/'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./test/tsconfig.json', './src/report-page/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      eqeqeq: 'error',
      'max-lines': ['warn', { max: 250, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['warn', { max: 50, skipComments: true }],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: { 'max-lines': 'off', 'max-lines-per-function': 'off' },
  },
  {
    // The core is a library: programs of another kind have other words for its options, and no process of their own.
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'console'],
      'no-restricted-imports': ['error', { paths: PROCESS_MODULES, patterns: [OUTSIDE_CORE] }],
      'no-restricted-syntax': ['error', ...COMMAND_LINE_WORDS],
    },
  },
  {
    files: ['src/cli.ts', 'src/cli/**/*.ts', 'src/sandbox/**/*.ts', 'src/fleet/**/*.ts'],
    ignores: ['src/cli/output/terminal.ts'],
    rules: {
      'no-restricted-globals': ['error', 'console'],
      'no-restricted-syntax': ['error', ...RAW_OUTPUT],
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: Object.fromEntries(NODE.map((name) => [name, 'readonly'])) },
  },
);
