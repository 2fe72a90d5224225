import { type Check, type Finding } from './finding.js';

/** `venv` needs `ensurepip`, which some distributions ship apart: a Python without it fails halfway through. */
const PYTHON_QUESTION = 'import sys, importlib.util as u; print("%d.%d.%d" % sys.version_info[:3], *[m for m in ("venv", "ensurepip") if u.find_spec(m) is None])';
const LEAST_PYTHON_MINOR = 10;
/** A version manager's stand-in looks for the real one first, which takes seconds on a busy machine. */
const PYTHON_PATIENCE_MS = 10_000;

const PYTHON_NEEDED_FOR = 'flowbench datagen and engines install (environments of their own in the cache folder)';

export const python: Check = async (machine): Promise<Finding> => {
  const base = { subject: 'Python', neededFor: PYTHON_NEEDED_FOR, required: false };
  const answer = await machine.ask('python3', ['-c', PYTHON_QUESTION], PYTHON_PATIENCE_MS);
  if (answer === null || answer === '') return { ...base, found: 'no python3 on the PATH', state: 'missing', remedy: 'Install Python 3 with venv and pip.' };
  const [version = '', ...missing] = answer.split(/\s+/);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 3 || minor < LEAST_PYTHON_MINOR) {
    return { ...base, found: version, state: 'missing', remedy: `Install Python 3.${LEAST_PYTHON_MINOR} or newer.` };
  }
  if (missing.length > 0) {
    return { ...base, found: `${version} without ${missing.join(' and ')}`, state: 'missing', remedy: 'Install the venv package of your Python (Debian: python3-venv).' };
  }
  return { ...base, found: `${version} with venv and pip`, state: 'ok', remedy: null };
};

export const git: Check = async (machine): Promise<Finding> => {
  const answer = await machine.ask('git', ['--version']);
  return {
    subject: 'git', found: answer?.replace(/^git version /, '') ?? 'not on the PATH', required: false,
    neededFor: 'the revision in a run record; without it a run is exploratory',
    state: answer === null ? 'limited' : 'ok', remedy: answer === null ? 'Install git to make numbers publishable.' : null,
  };
};

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'] as const;

export const browser: Check = async (machine): Promise<Finding> => {
  const answers = await Promise.all(BROWSERS.map((name) => machine.ask('which', [name])));
  const found = answers.find((path) => path !== null && path !== '');
  return {
    subject: 'Chromium', found: found ?? 'not on the PATH', required: false, neededFor: 'testing the report page in a browser (development only)',
    state: found === undefined ? 'limited' : 'ok', remedy: found === undefined ? 'Install chromium to run the browser test.' : null,
  };
};
