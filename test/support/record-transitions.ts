import { afterAll, vi } from 'vitest';
import type * as XState from 'xstate';
import { transitionsFolderVariable } from '../../scripts/check/transition-gate.js';
import { recorder, recordingXState } from './transition-recorder.js';

const folder = process.env[transitionsFolderVariable];

vi.mock('xstate', async (importActual) => {
  const actual = await importActual<typeof XState>();
  return folder === undefined ? actual : recordingXState(actual, recorder);
});

if (folder !== undefined) afterAll(() => recorder.writeTo(folder));
