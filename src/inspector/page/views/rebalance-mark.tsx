import type { GroupMember, GroupMembers } from '../model/group-members.js';
import { letterOf } from '../model/partitions-text.js';

const coloursOfMembers = 8;

export const colourOf = (member: GroupMember | undefined): string =>
  member ? `var(--member-${(member.order % coloursOfMembers) + 1})` : 'var(--idle)';

/** A member's letter on its colour: neither alone tells them apart for everybody. */
export function MemberMark({ member }: { readonly member: GroupMember | undefined }) {
  return (
    <span class="rb-mark" style={{ '--member': colourOf(member) }} aria-hidden="true">
      {member ? letterOf(member.order) : '–'}
    </span>
  );
}

export interface MemberNameProps {
  readonly members: GroupMembers;
  readonly id: string;
}

export function MemberName({ members, id }: MemberNameProps) {
  return (
    <span class="rb-member-name" title={id}>
      <MemberMark member={members.get(id)} />
      <span class="rb-member-id">{members.nameOf(id)}</span>
    </span>
  );
}
