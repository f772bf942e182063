import { isNativeError } from 'node:util/types';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'is a folder, not a file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'no space left for this user on the disk',
  EMFILE: 'too many open files',
  ELOOP: 'links that lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EBUSY: 'another program uses it',
};

/** Why a file cannot be used, in words. @param errno the operating system's code */
export function reasonOf(errno: string): string {
  return REASONS[errno] ?? errno;
}

/** Why something failed: the system's reason in words, or else the message. */
export function whyOf(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? error.message;
}
