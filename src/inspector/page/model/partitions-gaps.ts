export interface AckedRange {
  readonly from: number;
  readonly to: number;
}

/** `105-107 110`: the offsets above the commit position that are acknowledged. What cannot be read is left out. */
export function ackedRanges(gaps: string): AckedRange[] {
  return gaps.split(' ').flatMap((part) => {
    const { from, to = from } = /^(?<from>\d+)(?:-(?<to>\d+))?$/.exec(part)?.groups ?? {};
    return from === undefined ? [] : [{ from: Number(from), to: Number(to) }];
  });
}
