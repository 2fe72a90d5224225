/** How the memory of one Trino process is divided. Trino does not start unless maxMemoryPerNode + headroom < heap. */
export interface TrinoHeap {
  readonly heapMib: number;
  readonly maxMemoryPerNodeMib: number;
  readonly heapHeadroomMib: number;
}

/** Beside the heap: code cache, metaspace, threads, and the buffers that S3 is read into. */
const OFF_HEAP_SHARE = 0.22;
const MOST_OFF_HEAP_MIB = 8_192;
/** User memory of a query, and what is left to allocations that Trino does not track: a fifth remains beyond both. */
const QUERY_SHARE = 0.6;
const HEADROOM_SHARE = 0.2;

/** Divides what a process may use in all; the heap is a multiple of `heapStepMib`. */
export function trinoHeap(limitMib: number, heapStepMib: number): TrinoHeap {
  const offHeapMib = Math.min(MOST_OFF_HEAP_MIB, limitMib * OFF_HEAP_SHARE);
  const heapMib = Math.floor((limitMib - offHeapMib) / heapStepMib) * heapStepMib;
  return { heapMib, maxMemoryPerNodeMib: Math.floor(heapMib * QUERY_SHARE), heapHeadroomMib: Math.floor(heapMib * HEADROOM_SHARE) };
}
