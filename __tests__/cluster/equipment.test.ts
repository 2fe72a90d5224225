import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeSettings, STOCK_SETTINGS, TEST_SETTINGS } from './control-plane/control-plane.js';
import { KUBERNETES_VERSION } from './control-plane/binary.js';
import { DATASET_BUCKET, imageReference, phaseManifests, RESULTS_BUCKET } from './harness/phase-manifests.js';
import { expand } from './process-kubelet/environment.js';
import { Faults } from './process-kubelet/faults.js';
import { PodLog } from './process-kubelet/pod-log.js';

describe('the equipment of the test cluster', () => {
  test('names the version of Kubernetes that its module requires', () => {
    const modules = readFileSync(join(__dirname, 'control-plane', 'go.mod'), 'utf8');
    expect(modules).toContain(`k8s.io/kubernetes v${KUBERNETES_VERSION}\n`);
  });

  test('names every setting that is not stock', () => {
    expect(describeSettings(STOCK_SETTINGS)).toBe('stock control plane');
    expect(describeSettings(TEST_SETTINGS)).toMatch(/500 ms \(stock 10 s\).*15 s \(stock 50 s\).*2 s \(stock 300 s\)/);
  });

  test("makes α's manifests with no value left that only Terraform would know", () => {
    const text = JSON.stringify(phaseManifests('elsewhere'));
    expect(text).not.toContain('${');
    expect(text).not.toContain('flowbench-alpha');
    for (const known of [DATASET_BUCKET, RESULTS_BUCKET, imageReference('flow-worker'), imageReference('coordinator')]) expect(text).toContain(known);
  });

  test('fills in what Kubernetes fills in, and leaves what it leaves', () => {
    expect(expand('$(A)/$(B) $$(A) $A', { A: 'x' })).toBe('x/$(B) $(A) $A');
  });

  test('hands a fault out as often as it says, to pods with all of its labels', () => {
    const faults = new Faults();
    faults.arm({ labels: { a: '1', b: '2' }, afterMs: 0, times: 1, fault: { kind: 'out-of-memory' } });
    expect(faults.take({ a: '1' })).toEqual([]);
    expect(faults.take({ a: '1', b: '2', c: '3' })).toHaveLength(1);
    expect(faults.take({ a: '1', b: '2' })).toEqual([]);
  });

  test('keeps the lines of a log, the last one without its end too, and tells followers of the end', () => {
    const log = new PodLog();
    const followed: string[] = [];
    log.follow((line) => followed.push(line), () => followed.push('END'));
    log.write(Buffer.from('one\ntw'));
    log.write(Buffer.from('o\nthree'));
    log.end();
    expect(log.read({})).toEqual(['one', 'two', 'three']);
    expect(log.read({ tailLines: 1 })).toEqual(['three']);
    expect(followed).toEqual(['one', 'two', 'three', 'END']);
  });
});
