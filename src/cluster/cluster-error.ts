/** Why a cluster cannot be started, or one of its servers did not do what was asked of it. The text is all that a person needs to know. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
}
