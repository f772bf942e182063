/**
 * What runs on several machines share, on PostgreSQL. It needs the package `pg`, which a run by itself does not.
 */
export { coordinate, type OpenCoordination } from './coordinate.js';
