/** How the heap of one Trino process is divided. Trino does not start unless maxMemoryPerNode + headroom < heap. */
export interface TrinoHeap {
  readonly heapMib: number;
  readonly maxMemoryPerNodeMib: number;
  readonly heapHeadroomMib: number;
}

/** User memory of a query, and what is left to allocations that Trino does not track: a fifth remains beyond both. */
const QUERY_SHARE = 0.6;
const HEADROOM_SHARE = 0.2;

export function divideHeap(heapMib: number): TrinoHeap {
  return { heapMib, maxMemoryPerNodeMib: Math.floor(heapMib * QUERY_SHARE), heapHeadroomMib: Math.floor(heapMib * HEADROOM_SHARE) };
}
