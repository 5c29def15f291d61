/**
 * How one daemon asks another one to set positions of partitions that the other owns: by nodes outside of the group's own,
 * which other implementations share and know nothing of.
 *
 * - `/kafka-pixy/daemons/<session>`: ephemeral, the member id of the daemon whose ZooKeeper session that is. So a claim is
 *   one of ours exactly if this node exists for the session that the claim belongs to, whatever the members are called.
 * - `/kafka-pixy/handovers/<session of the owner>-<session of the asker>-<number>`: ephemeral, the asker's. It holds the
 *   request; the owner writes its answer over it; the asker deletes it, or its session's end does.
 */

export const handoverPaths = {
  daemons: '/kafka-pixy/daemons',
  daemon: (sessionId: string) => `/kafka-pixy/daemons/${sessionId}`,
  requests: '/kafka-pixy/handovers',
  request: (name: string) => `/kafka-pixy/handovers/${name}`,
  requestName: (to: string, from: string, number: string) => `${to}-${from}-${number}`,
  isFor: (name: string, sessionId: string) => name.startsWith(`${sessionId}-`),
} as const;

/** The longest text of a request, in characters; a node of ZooKeeper holds a mebibyte, and a character is three bytes at most. */
export const requestCharactersMax = 256 * 1024;
/** Of one request; more are asked for by several. */
export const positionsPerRequestMax = 100;

export interface PositionToSet {
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

export interface HandoverRequest {
  readonly group: string;
  readonly topic: string;
  readonly positions: readonly PositionToSet[];
  /** How long the asker waits, from when it wrote this. */
  readonly waitMs: number;
}

export interface HandoverAnswer {
  /** Partitions whose new position is committed; the others are not owned there any more, or it failed. */
  readonly set: readonly number[];
}

export const requestText = (request: HandoverRequest): string => JSON.stringify({ request });
export const answerText = (answer: HandoverAnswer): string => JSON.stringify({ answer });

/** `undefined`: the text is an answer already, or of a kind that is not known here. */
export function readRequest(text: string): HandoverRequest | undefined {
  const { request } = parsed(text) as { request?: Partial<HandoverRequest> };
  if (!request || typeof request.group !== 'string' || typeof request.topic !== 'string') return undefined;
  if (typeof request.waitMs !== 'number' || !Array.isArray(request.positions)) return undefined;
  return request.positions.every(isPosition) ? (request as HandoverRequest) : undefined;
}

/** `undefined`: not answered yet. */
export function readAnswer(text: string): HandoverAnswer | undefined {
  const { answer } = parsed(text) as { answer?: Partial<HandoverAnswer> };
  return answer && Array.isArray(answer.set) ? (answer as HandoverAnswer) : undefined;
}

function parsed(text: string): object {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}

function isPosition(value: unknown): value is PositionToSet {
  const { partition, offset, metadata } = (value ?? {}) as Partial<PositionToSet>;
  return Number.isSafeInteger(partition) && Number.isSafeInteger(offset) && typeof metadata === 'string';
}

/** As few requests as the limits allow. A position that is too large for one is left out. */
export function inRequests(positions: readonly PositionToSet[]): PositionToSet[][] {
  const requests: PositionToSet[][] = [];
  let characters = Infinity;
  for (const position of positions) {
    const more = JSON.stringify(position).length;
    if (more > requestCharactersMax) continue;
    if (characters + more > requestCharactersMax || (requests.at(-1)?.length ?? 0) >= positionsPerRequestMax) {
      requests.push([]);
      characters = 0;
    }
    requests.at(-1)!.push(position);
    characters += more;
  }
  return requests;
}
