import type { InspectRecord } from '../../protocol.js';
import type { WorldSoFar } from './picture.js';

/** How partitions went from member to member, for each group and topic. */
export class GroupHistories {
  apply(_record: InspectRecord, _world: WorldSoFar): void {}
}
