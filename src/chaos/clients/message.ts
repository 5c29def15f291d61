/**
 * The text of a posted message: JSON that begins with the run and the post that wrote it, so that both are known of each
 * record in a log, and of each that is handed over, without reading all of it.
 */
export interface MessageHead {
  readonly runId: string;
  readonly post: number;
  /** Whole milliseconds from the beginning of the load; for people. */
  readonly sentMs: number;
}

/** Characters A-Z a-z 0-9 - of a run's id, so that it needs no escapes. */
const runIdCharsMax = 40;
const runIdPattern = new RegExp(`^[\\w-]{1,${runIdCharsMax}}$`);
const headPattern = new RegExp(`^\\{"run":"([\\w-]{1,${runIdCharsMax}})","post":(\\d{1,15}),`);
/** More than the longest head has; four of Base64 are three bytes. */
const headBase64Chars = 128;
const headBytes = (headBase64Chars / 4) * 3;

/** @throws RangeError for an id that the text cannot hold */
export function checkRunId(runId: string): void {
  if (!runIdPattern.test(runId))
    throw new RangeError(`A run's id is 1 to ${runIdCharsMax} of A-Z a-z 0-9 _ -, and not ${JSON.stringify(runId)}.`);
}

/** Of exactly so many bytes, or of as many as its head takes. */
export function messageText({ runId, post, sentMs }: MessageHead, bytes: number): string {
  const head = `{"run":"${runId}","post":${post},"sentMs":${sentMs},"pad":"`;
  return `${head}${'x'.repeat(Math.max(0, bytes - head.length - 2))}"}`;
}

/** The post that wrote it; `undefined`: none of this run did. */
export function postIn(value: Buffer | null, runId: string): number | undefined {
  return value === null ? undefined : postInText(value.toString('latin1', 0, headBytes), runId);
}

/** The same of a value in Base64, as answers have it. */
export function postInBase64(value: string | null, runId: string): number | undefined {
  if (value === null) return undefined;
  return postInText(Buffer.from(value.slice(0, headBase64Chars), 'base64').toString('latin1'), runId);
}

function postInText(text: string, runId: string): number | undefined {
  const [, run, post] = headPattern.exec(text) ?? [];
  return run === runId ? Number(post) : undefined;
}
