/** Where a group's nodes lie, below the chroot. The layout is shared with other implementations. */
export const groupPaths = {
  all: '/consumers',
  group: (group: string) => `/consumers/${group}`,
  members: (group: string) => `/consumers/${group}/ids`,
  member: (group: string, memberId: string) => `/consumers/${group}/ids/${memberId}`,
  owners: (group: string) => `/consumers/${group}/owners`,
  ownersOfTopic: (group: string, topic: string) => `/consumers/${group}/owners/${topic}`,
  owner: (group: string, topic: string, partition: number) => `/consumers/${group}/owners/${topic}/${partition}`,
} as const;
