import type { Contact } from './types.js';

/** What people call a contact: its name, or else its e-mail address. For screens and a run's files, never for logs. */
export function contactName({ first_name, last_name, email }: Contact): string | undefined {
  const name = [first_name, last_name].filter((part) => typeof part === 'string' && part.trim() !== '').join(' ');
  return name || (typeof email === 'string' && email !== '' ? email : undefined);
}
