import { runCycle, printCycles } from './cycle.js';
import { startAwsEmulator } from './emulator/emulator.js';
import { Terraform } from './terraform.js';
import { testConfig } from './workspace.js';
test('x', async () => {
  const terraform = await Terraform.find();
  const emulator = await startAwsEmulator();
  const base = testConfig();
  const config = { ...base, guardrails: { ...base.guardrails, janitorMode: 'enforce' as const, costAnomaly: false, alertEmails: ['a@example.org'] }, results: { ...base.results, deleteOnDestroy: true, bigQuery: { projectId: 'some-project', projectNumber: '123456', location: 'US', publicRead: false } } };
  try {
    for (const s of ['guardrails-stack', 'results-stack'] as const) {
      const r = await runCycle(terraform, emulator.endpoint, config, s);
      process.stdout.write(printCycles([r]) + '\n' + JSON.stringify(Object.fromEntries(Object.entries(r.steps).filter(([, v]) => !v.passed).map(([k, v]) => [k, v.detail.slice(-2500)])), null, 1) + '\n');
    }
  } finally { await emulator.stop(); }
}, 600000);
