import { createSecureContext } from 'node:tls';
import { afterEach } from 'vitest';
import { virtualHost } from '../../src/host/virtual-host.js';
import type { KafkaCredentials, SaslCredentials } from '../../src/kafka/adapter/credentials.js';
import { createKafkaAdapter } from '../../src/kafka/adapter/kafka-adapter.js';
import type { KafkaAdapterLimits } from '../../src/kafka/adapter/limits.js';
import { startSecureBroker, type SecureBroker, type SecureBrokerOptions } from './secure-broker.js';

const ends: (() => Promise<void>)[] = [];
/** What was started for a test ends after it. */
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecure?: boolean;
}

export const tlsOf = ({ insecure = false, ...files }: TlsFiles): KafkaCredentials['tls'] => ({
  context: createSecureContext(files),
  insecure,
  hasClientCertificate: files.cert !== undefined,
});

/** A broker and a client of it. `warnings` are the lines of the client's log. */
export async function secureWorld(
  brokerOptions: SecureBrokerOptions,
  credentials: { tls?: TlsFiles; sasl?: SaslCredentials },
  limits: Partial<KafkaAdapterLimits> = {},
  otherSeeds: { readonly before?: readonly string[]; readonly after?: readonly string[] } = {},
) {
  const broker: SecureBroker = await startSecureBroker(brokerOptions);
  const host = virtualHost();
  const warnings: object[] = [];
  const kafka = createKafkaAdapter({
    seedPeers: [...(otherSeeds.before ?? []), broker.address, ...(otherSeeds.after ?? [])],
    clientId: 'test',
    credentials: { tls: credentials.tls && tlsOf(credentials.tls), sasl: credentials.sasl },
    host,
    logger: { warn: (fields, message) => warnings.push({ ...fields, message }) },
    limits,
  });
  ends.push(
    () => broker.stop(),
    () => kafka.close(),
  );
  return { broker, kafka, clock: host.clock, warnings };
}
