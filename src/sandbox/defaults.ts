import { randomBytes } from 'node:crypto';
import type { Tag } from '../core/contacts/types.js';

/**
 * The published key of a sandbox with seeded contacts. It has the form of real keys (`mks_` and 48 URL-safe characters)
 * and is valid nowhere else.
 */
export const SANDBOX_KEY = `mks_${'sandbox'.padEnd(48, '0')}`;

/** A random key of the same form, for contacts that may be real people's. */
export function randomKey(): string {
  return `mks_${randomBytes(36).toString('base64url')}`;
}

/** The path prefix of the contact endpoints, as in the reference. Schemas, tags and `me` are always under `/v1`. */
export const SANDBOX_PREFIX = '/v1/preview';

/** The organisation in the answer of `GET /v1/me`. */
export const SANDBOX_ORGANISATION = { id: '0f6a7c1e-52d4-4b0e-9a35-6c1d8e2f9b70', name: 'Sandbox Ltd' };

/** Keys of the custom fields, fixed so that sample files and tests can name them. */
export const CUSTOM_FIELDS = {
  accountTier: 'custom_field_5b1f0a52-7d0e-4c39-8f61-1a2b3c4d5e01',
  renewalDate: 'custom_field_5b1f0a52-7d0e-4c39-8f61-1a2b3c4d5e02',
  seats: 'custom_field_5b1f0a52-7d0e-4c39-8f61-1a2b3c4d5e03',
  newsletter: 'custom_field_5b1f0a52-7d0e-4c39-8f61-1a2b3c4d5e04',
  interests: 'custom_field_5b1f0a52-7d0e-4c39-8f61-1a2b3c4d5e05',
  lastDemo: 'custom_field_5b1f0a52-7d0e-4c39-8f61-1a2b3c4d5e06',
  erpNumber: 'custom_field_5b1f0a52-7d0e-4c39-8f61-1a2b3c4d5e07',
  aiSummary: 'custom_field_5b1f0a52-7d0e-4c39-8f61-1a2b3c4d5e08',
} as const;

/** The values of the "Account Tier" field: the API uses the keys, people see the display values. */
export const ACCOUNT_TIERS = [
  { key: 'tier_1', display_value: 'Strategic' },
  { key: 'tier_2', display_value: 'Growth' },
  { key: 'tier_3', display_value: 'Standard' },
];

const TAG_NAMES = [
  'Customer',
  'Prospect',
  'VIP',
  'Churn risk',
  'Newsletter',
  'Event 2026',
  'Partner',
  'Decision maker',
  'Champion',
  'Beta tester',
  'Do not call',
  'Großkunde',
];

/** The tags of a new sandbox, with fixed ids and names. */
export const SANDBOX_TAGS: readonly Tag[] = TAG_NAMES.map((name, index) => ({
  id: `7a900000-0000-4000-8000-${String(index + 1).padStart(12, '0')}`,
  name,
}));

/** The id of a default tag by its name. Throws an Error for an unknown name: a mistake in a test or a sample. */
export function sandboxTagId(name: string): string {
  const tag = SANDBOX_TAGS.find((candidate) => candidate.name === name);
  if (!tag) throw new Error(`The sandbox has no tag "${name}"`);
  return tag.id;
}
