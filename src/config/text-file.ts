import { closeSync, openSync, readSync } from 'node:fs';

/** The text of a file of at most `bytesMax` bytes. @throws Error that says in its message why there is none */
export function readTextFile(path: string, bytesMax: number): string {
  // One more byte tells a file that is too large, whatever its size is said to be.
  const buffer = Buffer.alloc(bytesMax + 1);
  let length = 0;
  const file = openSync(path, 'r');
  try {
    for (let got = -1; got !== 0 && length < buffer.length; length += got)
      got = readSync(file, buffer, length, buffer.length - length, null);
  } finally {
    closeSync(file);
  }
  if (length > bytesMax) throw new Error(`larger than ${bytesMax} bytes`);
  return buffer.toString('utf8', 0, length);
}
