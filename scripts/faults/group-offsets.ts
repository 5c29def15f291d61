import type { GroupKind } from './history.js';
import { HttpClient, type Outcome } from './http-client.js';
import { clientTimeoutMs, groups, topics } from './settings.js';

/** Of the topic of sync posts; what a daemon answers of one partition, as far as it is of use here. */
export interface GroupOffset {
  readonly partition: number;
  /** Committed. */
  readonly offset: number;
  readonly end: number;
}

const path = (group: GroupKind): string => `/topics/${topics.sync}/offsets?group=${groups[group]}`;

export async function offsetsOf(port: number, group: GroupKind): Promise<readonly GroupOffset[]> {
  return JSON.parse(await answerOf(port, (client) => client.send('GET', path(group)))) as GroupOffset[];
}

/** Throws also when an owner did not take them over. */
export async function setOffsets(
  port: number,
  group: GroupKind,
  offsets: readonly { readonly partition: number; readonly offset: number }[],
): Promise<void> {
  const body = await answerOf(port, (client) => client.send('POST', path(group), JSON.stringify(offsets)));
  const { warning } = JSON.parse(body) as { warning?: string };
  if (warning !== undefined) throw new Error(warning);
}

async function answerOf(port: number, ask: (client: HttpClient) => Promise<Outcome>): Promise<string> {
  const client = new HttpClient(port, clientTimeoutMs);
  const outcome = await ask(client);
  client.close();
  if (outcome.kind === 'answer' && outcome.status === 200) return outcome.body;
  throw new Error(`The offsets of the group could not be read or set: ${JSON.stringify(outcome)}.`);
}
