/** Label that tells pools of nodes apart: `flowbench/pool: worker`. */
export const POOL_LABEL = 'flowbench/pool';
export type Pool = 'worker' | 'system';
/** Taint of the system pool: only coordinators, drivers, heads and operators tolerate it. */
export const SYSTEM_TAINT = { key: 'flowbench/system', value: 'true', effect: 'NoSchedule' } as const;
