import type { Session } from './run/session.js';

/** Fetches what the plan's values need to be compared and written: custom fields' types, tags' ids. */
export async function loadVocabulary({ vocabulary }: Session, keys: readonly string[]): Promise<void> {
  if (keys.includes('tags')) await vocabulary.readTags();
  if (keys.some((key) => key.startsWith('custom_field_'))) await vocabulary.read();
}
