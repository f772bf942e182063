import type { Contact } from './types.js';

/** What people call a contact, where it has a name or an e-mail address. For screens and a run's files, never for logs. */
export function whoIs({ first_name, last_name, email }: Contact): { who?: string } {
  const name = [first_name, last_name].filter((part) => typeof part === 'string' && part.trim() !== '').join(' ');
  const who = name || (typeof email === 'string' ? email : '');
  return who === '' ? {} : { who };
}
