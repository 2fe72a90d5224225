import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';

/** Where systems keep the authorities they trust, of those that DuckDB's httpfs looks at by itself. */
const SYSTEM_FILES = [
  '/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem', '/etc/ssl/cert.pem',
];

let written: Promise<string> | null = null;

/**
 * A file of authorities for an engine that has none: a slim image of Node brings no such file, and Node itself
 * carries its own. Undefined where the system has one, which the engine finds.
 */
export async function authoritiesFile(systemFiles: readonly string[] = SYSTEM_FILES, certificates: readonly string[] = rootCertificates): Promise<string | undefined> {
  if (systemFiles.some((file) => existsSync(file))) return undefined;
  written ??= writeAuthorities(certificates);
  return written;
}

async function writeAuthorities(certificates: readonly string[]): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'flowbench-authorities-')), 'authorities.pem');
  await writeFile(file, certificates.join('\n'));
  return file;
}
