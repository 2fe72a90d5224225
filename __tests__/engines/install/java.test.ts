import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { findJava, isWanted } from '../../../workloads/engines/install/java.js';
import { FakeMachine } from './fake-tools.js';

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine();
});
afterEach(() => {
  machine.close();
});

it.each([
  ['17.0.15', [17, 11], true], ['11.0.2', [17, 11], true], ['21', [17, 11], false], ['1.8.0_402', [8], true], ['25.0.2', [17, 11], false],
  ['25-ea', { atLeast: 24 }, true], ['24.0.1', { atLeast: 24 }, true], ['23.0.2', { atLeast: 24 }, false],
])('%s is (not) one of %j', (version, wanted, expected) => {
  expect(isWanted(version, wanted)).toBe(expected);
});

it('takes the version that is wanted rather, wherever it is found', async () => {
  const eleven = machine.java('11', '11.0.2');
  const seventeen = machine.java('17', '17.0.15');
  const places = { environment: { JAVA_HOME: eleven }, folders: [join(machine.root, 'jvm')] };
  expect(await findJava([17, 11], places)).toEqual({ home: seventeen, version: '17.0.15' });
  expect(await findJava([11], places)).toEqual({ home: eleven, version: '11.0.2' });
  expect(await findJava([21], places)).toBeNull();
});

it('takes the oldest that is new enough', async () => {
  machine.java('b', '26');
  machine.java('a', '25.0.1');
  expect(await findJava({ atLeast: 24 }, { environment: {}, folders: [join(machine.root, 'jvm')] })).toMatchObject({ version: '25.0.1' });
});

it('follows the link on the PATH to where Java lies', async () => {
  const home = machine.java('17', '17.0.15');
  const bin = join(machine.root, 'links');
  mkdirSync(bin);
  symlinkSync(join(home, 'bin', 'java'), join(bin, 'java'));
  expect(await findJava([17], { environment: { PATH: bin }, folders: [] })).toMatchObject({ home });
});

it('passes over a java that only starts another one', async () => {
  const home = machine.java('17', '17.0.15');
  expect(await findJava([17], { environment: { PATH: join(home, 'bin') }, folders: [] })).not.toBeNull();
  rmSync(join(home, 'lib'), { recursive: true });
  expect(await findJava([17], { environment: { PATH: join(home, 'bin') }, folders: [] })).toBeNull();
});
