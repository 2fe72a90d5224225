/** What other infrastructure may import. Nothing else is public. */
export { type IGrantee, type PolicyStatement } from './identity/grantee.js';
export { ServiceRole, type ServiceRoleProps, type TrustStatement } from './identity/service-role.js';
export { type IBenchNetwork } from './network/network-ref.js';
export { type IBenchCluster, POOL_LABEL, SYSTEM_TAINT, type Pool } from './cluster/cluster-ref.js';
export { type IBenchBucket } from './storage/bucket-ref.js';
export { programFolder, type ProgramName } from './programs.js';
