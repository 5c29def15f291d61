import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { PixyError } from '../errors/pixy-error.js';
import type { Config } from './schema.js';

/** What the listeners of HTTP over TCP and of gRPC prove themselves with, as PEM. */
export interface ServerCertificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** As the user wrote them. */
const certificateOption = 'tls.certificate_path';
const keyOption = 'tls.key_path';

/**
 * Reads and checks the two files; `undefined`: neither is set, and the listeners are served in plain text.
 *
 * @throws PixyError `bad-credentials-file`
 */
export function readServerCertificate({ certificateFile, keyFile }: Config['tls']): ServerCertificate | undefined {
  if (certificateFile === '' && keyFile === '') return undefined;
  const cert = read(certificateOption, certificateFile, keyOption);
  const key = read(keyOption, keyFile, certificateOption);
  checked(certificateOption, certificateFile, 'it is no certificate in PEM', () => createSecureContext({ cert }));
  checked(keyOption, keyFile, `it is not the key of ${certificateFile} in PEM`, () =>
    createSecureContext({ cert, key }),
  );
  return { cert, key };
}

function read(option: string, path: string, other: string): Buffer {
  if (path === '')
    throw new PixyError('bad-credentials-file', { option, path: '(none)', reason: `${other} is set, this is not` });
  return checked(option, path, 'it cannot be read', () => readFileSync(path));
}

function checked<T>(option: string, path: string, what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    const reason = `${what}: ${(error as Error).message}`;
    throw new PixyError('bad-credentials-file', { option, path, reason }, { cause: error });
  }
}
