import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalPlaces } from '../driver/local.js';

/** What programs of this machine are found in; nothing of the caller's environment is handed on. */
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';

/** What Daft and Ray are told by their environment: to say nothing to anyone, and to draw nothing. */
export function daftEnvironment({ scratchDir }: LocalPlaces): Readonly<Record<string, string>> {
  const homeDir = join(scratchDir, 'home');
  mkdirSync(homeDir, { recursive: true });
  return {
    PATH: SYSTEM_PATH,
    HOME: homeDir,
    TMPDIR: scratchDir,
    LANG: 'C.UTF-8',
    DAFT_PROGRESS_BAR: '0',
    DAFT_ANALYTICS_ENABLED: '0',
    DO_NOT_TRACK: 'true',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
  };
}
