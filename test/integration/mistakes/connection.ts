import { files, type Mistake } from './mistake.js';

const USAGE = { code: 2 } as const;
const KEY = { code: 7 } as const;
const PLAN = ['plan', 'edits.csv'] as const;
const WRONG_KEY = 'mks_wrong00000000000000000000';

/** Keys that the API refuses, and addresses at which it is not. */
export const CONNECTION: readonly Mistake[] = [
  {
    ...KEY,
    mistake: 'a wrong key in a variable',
    run: PLAN,
    env: { CONTACT_SYNC_API_KEY: WRONG_KEY },
    says: ['the API refuses the key: [GET] /v1/me: 401. Check CONTACT_SYNC_API_KEY.\n'],
    not: [/mks_wrong/],
  },
  {
    ...KEY,
    mistake: 'a wrong key in a key file',
    arrange: files({ 'crm.key': WRONG_KEY }),
    run: PLAN,
    env: { CONTACT_SYNC_API_KEY: undefined, CONTACT_SYNC_API_KEY_FILE: 'crm.key' },
    says: ['401. Check the key file crm.key (CONTACT_SYNC_API_KEY_FILE).\n'],
    not: [/mks_wrong/],
  },
  {
    ...KEY,
    mistake: 'a wrong key in .env',
    arrange: files({ '.env': `CONTACT_SYNC_API_KEY=${WRONG_KEY}\n` }),
    run: PLAN,
    env: { CONTACT_SYNC_API_KEY: undefined },
    says: ['401. Check .env: CONTACT_SYNC_API_KEY.\n'],
    not: [/mks_wrong/],
  },
  {
    ...USAGE,
    mistake: 'a base URL without https://',
    run: [...PLAN, '--base-url', 'api.example.com'],
    says: ['--base-url: expected a URL such as https://api.example.com, got "api.example.com"'],
  },
  {
    ...USAGE,
    mistake: 'a misspelt https://',
    run: [...PLAN, '--base-url', 'htps://api.example.com'],
    says: ['--base-url: expected a URL such as https://api.example.com, got one that starts with htps:'],
  },
  {
    ...USAGE,
    mistake: 'plain http to another machine',
    run: [...PLAN, '--base-url', 'http://api.example.com'],
    says: ['http://api.example.com is plain http', 'Use https, or --allow-http'],
  },
  {
    ...USAGE,
    mistake: 'a base URL that ends in the API prefix',
    run: ({ url }) => [...PLAN, '--base-url', `${url}/v1/preview`],
    says: [
      /Requests go to (http:\S+)\/v1\/preview\/v1\/preview, with \/v1\/preview twice, as the API prefix is added to the base URL\. Use --base-url \1\.\n/,
    ],
  },
  {
    ...USAGE,
    mistake: 'a base URL that ends in the beginning of the API prefix',
    run: ({ url }) => [...PLAN, '--base-url', `${url}/v1/`],
    says: [/Requests go to (http:\S+)\/v1\/v1\/preview, with \/v1 twice, .* Use --base-url \1\.\n/],
  },
  {
    ...USAGE,
    mistake: 'a wrong API prefix',
    run: [...PLAN, '--api-prefix', '/v9'],
    says: [/the API has no such address: .*: 404\. Requests go to http:\S+\/v9\. Use --api-prefix \/v1\/preview\.\n/],
  },
  {
    ...USAGE,
    mistake: 'a port without a server',
    run: [...PLAN, '--base-url', 'http://127.0.0.1:9'],
    says: [
      'cannot connect to http://127.0.0.1:9: nothing listens at 127.0.0.1:9',
      'The address comes from --base-url. Check the host and the port',
    ],
    not: [/attempts/],
  },
  {
    ...USAGE,
    mistake: 'https to a port for plain http',
    run: ({ url }) => [...PLAN, '--base-url', url.replace('http:', 'https:')],
    says: ['does not use TLS on this port', 'use http:// in place of https://'],
    not: [/openssl|EPROTO/i],
  },
];
