import { receivedBytes, startUsageMeter } from '../../workloads/worker/usage.js';

const DEVICES = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 999999    100    0    0    0     0          0         0   999999    100    0    0    0     0       0          0
  eth0: 1000       10    0    0    0     0          0         0      50      1    0    0    0     0       0          0
  ens5:234        10    0    0    0     0          0         0      50      1    0    0    0     0       0          0
`;

describe('bytes read', () => {
  it('over the network are what all interfaces but the loopback received', () => {
    expect(receivedBytes(DEVICES)).toBe(1_234);
    expect(receivedBytes(DEVICES.split('\n').slice(0, 3).join('\n'))).toBeNull();
  });

  it('are not told where others use the same interfaces', () => {
    expect(startUsageMeter('shared')().bytesRead).toBeNull();
    expect(startUsageMeter('files')().bytesRead).toEqual(expect.any(Number));
  });
});
