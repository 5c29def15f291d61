import type { Recording } from '../protocol.js';
import { readRecording, recordingBytesMax } from './model/recording-file.js';

/** Throws an `Error` that says in words what is wrong with the file. */
export async function openRecording(file: File): Promise<Recording> {
  if (file.size > recordingBytesMax)
    throw new Error(
      `It has ${Math.ceil(file.size / 1024 / 1024)} MiB; at most ${recordingBytesMax / 1024 / 1024} MiB are opened.`,
    );
  return readRecording(await file.text());
}

/** `wallMs`: of its last moment; the file is named after it. */
export function download(recording: Recording, wallMs: number): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(recording)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `kafka-pixy-${new Date(wallMs).toISOString().slice(0, 19).replaceAll(':', '')}.json`;
  link.click();
  URL.revokeObjectURL(url);
}
