// Where things are. The configuration is read by every worker: what is made up here is made up once and handed on.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const port = Number((process.env.ROOMLY_E2E_PORT ??= '3810'));
const data = (process.env.ROOMLY_E2E_DATA ??= mkdtempSync(join(tmpdir(), 'roomly-e2e-')));

export const at = {
  roomlyAddr: `127.0.0.1:${port}`,
  roomly: `http://127.0.0.1:${port}`,
  sandboxAddr: `127.0.0.1:${port + 1}`,
  sandbox: `http://127.0.0.1:${port + 1}`,
  data,
};

/** A variable that `cargo xtask test` sets. */
export function needed(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with \`cargo xtask test --browser\``);
  return value;
}
