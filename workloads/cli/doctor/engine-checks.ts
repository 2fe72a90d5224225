import { join } from 'node:path';
import { engineState, type EngineState } from '../../engines/install/engine-states.js';
import { megabytes } from '../../engines/install/install-engine.js';
import type { InstallableEngine, Recipe } from '../../engines/install/recipe.js';
import { RECIPES } from '../../engines/install/recipes.js';
import type { Check, Finding, Machine } from './finding.js';

/** An engine to compare with: there, or how it comes here and what it takes that is missing. */
export function engine(name: InstallableEngine): Check {
  return async (machine): Promise<Finding> => {
    const recipe = RECIPES[name];
    const state = await engineState(recipe, join(machine.cacheFolder, 'engines'));
    const base = { subject: `${name} ${recipe.version}`, neededFor: `flowbench run --engines ${name}`, required: false };
    if (state.state === 'installed') return { ...base, found: describe(state), state: 'ok', remedy: null };
    return { ...base, found: describe(state), state: 'limited', remedy: await remedyFor(recipe, machine) };
  };
}

function describe({ state, sizeBytes, note }: EngineState): string {
  const size = sizeBytes === null ? [] : [megabytes(sizeBytes)];
  return [state, ...size, ...(state === 'half-made' || note === '' ? [] : [note])].join(', ');
}

async function remedyFor({ engine: name, programs, cost }: Recipe, machine: Machine): Promise<string> {
  const answers = await Promise.all(programs.map(async (program) => ({ program, path: await machine.ask('which', [program]) })));
  const missing = answers.filter(({ path }) => path === null || path === '').map(({ program }) => program);
  const first = missing.length === 0 ? '' : `Install ${missing.join(' and ')}, then run `;
  return `${first === '' ? 'Run ' : first}"flowbench engines install ${name}" (${megabytes(cost.installedBytes)}, ${cost.time}).`;
}

/** Ray listens on every address of its network, and so gets one of its own. */
export const ownNetwork: Check = async (machine): Promise<Finding> => {
  const tries = await Promise.all([['-rn', 'true'], ['-n', 'true']].map(async (args) => machine.ask('unshare', args)));
  const works = tries.some((answer) => answer !== null);
  return {
    subject: 'Own network', found: works ? 'unshare can make one' : 'unshare is missing, or may not make one', required: false,
    neededFor: 'daft on Ray, which listens on every address it sees', state: works ? 'ok' : 'limited',
    remedy: works ? null : 'Run on Linux, and allow user namespaces (util-linux has unshare).',
  };
};
