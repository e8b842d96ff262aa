import { rm } from 'node:fs/promises';

import { at } from './place';

/** Removes the demo's data. */
export default async function teardown(): Promise<void> {
  await rm(at.data, { recursive: true, force: true });
}
