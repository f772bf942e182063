/** The part of the package that is used here; it ships no types. */
declare module 'fs-native-extensions' {
  /** Asks for the operating system's exclusive lock on an open file; false where another process holds it. */
  export function tryLock(fd: number): boolean;
}
