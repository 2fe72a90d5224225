import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStorage } from './storage-contract.js';

describeStorage('this machine', () => mkdtemp(join(tmpdir(), 'flowbench-storage-')));
