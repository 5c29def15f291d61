import type { ListenOptions, Server } from 'node:net';
import type { Logger } from 'pino';
import { formatAddress, type TcpAddress } from '../config/config.js';
import { PixyError } from '../errors/pixy-error.js';

/** What every listener of a daemon has. */
export interface ListeningOptions {
  /** How this program is called, for the line that says how to use another address: `kafka-pixy`, `npm start --`. */
  readonly command: string;
  readonly log: Logger;
  /** Called when a listener that was open accepts nothing any more. */
  readonly onFailed: (error: Error) => void;
}

export interface ListeningAddress {
  readonly where: ListenOptions;
  /** For texts. */
  readonly address: string;
  /** The flag and value that would use another one. */
  readonly instead: string;
}

/** A TCP address as it was configured by `flag`; the next port is the example of another one. */
export function tcpListeningAddress({ host, port }: TcpAddress, flag: string): ListeningAddress {
  const other = formatAddress({ host, port: port < 65_535 ? port + 1 : port - 1 });
  return { where: { host, port }, address: formatAddress({ host, port }), instead: `--${flag} ${other}` };
}

/** Opens the listener. @throws PixyError `address-taken`, `cannot-listen` */
export async function startListening(
  server: Server,
  { where, address, instead }: ListeningAddress,
  { command, log, onFailed }: ListeningOptions,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const refusal =
        error.code === 'EADDRINUSE'
          ? new PixyError('address-taken', { address, example: `${command} ${instead}` }, { cause: error })
          : new PixyError('cannot-listen', { address, reason: error.message }, { cause: error });
      reject(refusal);
    };
    server.once('error', onError);
    server.listen(where, () => {
      server.off('error', onError);
      resolve();
    });
  });
  server.on('drop', () => log.warn({ address, connectionsMax: server.maxConnections }, 'a connection was refused'));
  server.on('error', (error) => {
    log.error({ err: error, address }, 'the listener failed, nothing is accepted there any more');
    onFailed(error);
  });
}
